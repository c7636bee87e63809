package generationclock

import (
	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

// equivalent are the falsified traces that can have happened as well.
var equivalent = []conformance.Equivalent{{
	Mutant: "swap *",
	Reason: "the steps of two nodes that no message joins have no order",
	Where:  conformance.DifferentNodes,
}, {
	Mutant: "swap *",
	Reason: "messages that a node sends without a change in between have no order: the network changes it as it likes",
	InTrace: func(steps []trace.Event, at int) bool {
		return conformance.Stutters(steps, at) && conformance.Stutters(steps, at+1)
	},
}, {
	Mutant: "double *",
	Reason: "the network repeats, and a step that is possible twice changes nothing the second time",
}, {
	Mutant:  "drop *",
	Reason:  "a message that was not sent, or is lost, or comes once more, changes nothing",
	InTrace: conformance.Stutters,
}, {
	Mutant: "drop * before *",
	Reason: "what a node did last before a crash, or before its last line, may as well not have happened",
	InTrace: func(steps []trace.Event, at int) bool {
		next := conformance.NextOfNode(steps, at).Step
		return next == "Restart" || next == ""
	},
}, {
	Mutant: "drop * before *",
	Reason: "a newer number takes the place of the election and the number before it, a new entry that of the last",
	InTrace: func(steps []trace.Event, at int) bool {
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
	Mutant: "swap *",
	Reason: "a crash takes what was accepted just before it and not flushed, and the order comes again",
	Where: func(step, next trace.Event) bool {
		return step.Step == "Restart" && next.Step == "Accept" || step.Step == "Accept" && next.Step == "Restart"
	},
}, {
	Mutant: "falsify Refuse.args.message.*",
	Reason: "another stale message of that leader, which was sent too, gets the same refusal",
}}
