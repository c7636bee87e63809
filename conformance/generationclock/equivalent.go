package generationclock

import (
	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

// equivalent are the falsified traces that can have happened as well.
var equivalent = []conformance.Excuse{{
	Lie:    "swap *",
	Reason: "the steps of two nodes that no message joins have no order",
	Where:  conformance.AtTwoNodes,
}, {
	Lie:    "swap *",
	Reason: "messages that a node sends without a change in between have no order: the network changes it as it likes",
	Amid: func(steps []trace.Event, at int) bool {
		return conformance.ChangesNothing(steps, at) && conformance.ChangesNothing(steps, at+1)
	},
}, {
	Lie:    "double *",
	Reason: "the network repeats, and a step that is possible twice changes nothing the second time",
}, {
	Lie:    "drop *",
	Reason: "a message that was not sent, or is lost, or comes once more, changes nothing",
	Amid:   conformance.ChangesNothing,
}, {
	Lie:    "drop * before *",
	Reason: "what a node did last before a crash, or before its last line, may as well not have happened",
	Amid: func(steps []trace.Event, at int) bool {
		next := conformance.NextOfNode(steps, at).Step
		return next == "Restart" || next == ""
	},
}, {
	Lie:    "drop * before *",
	Reason: "a newer number takes the place of the election and the number before it, a new entry that of the last",
	Amid: func(steps []trace.Event, at int) bool {
		next := conformance.NextOfNode(steps, at).Step
		switch steps[at].Step {
		case "Stand", "Adopt", "Count", "Lead":
			return next == "Adopt" || next == "Stand"
		case "Restart":
			return next == "Adopt" || next == "Stand" || next == "Accept"
		case "Accept", "Apply":
			return next == steps[at].Step
		}
		return false
	},
}, {
	Lie:    "swap *",
	Reason: "a crash takes what was accepted just before it and not flushed, and the order comes again",
	Where: func(step, next trace.Event) bool {
		return step.Step == "Restart" && next.Step == "Accept" || step.Step == "Accept" && next.Step == "Restart"
	},
}, {
	Lie:    "falsify Refuse.args.message.*",
	Reason: "another stale message of that leader, which was sent too, gets the same refusal",
}}
