// Package singlesocketchannel holds the channel in impl/singlesocketchannel
// against its spec.
package singlesocketchannel

import (
	"embed"
	"reflect"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/specs"
	"github.com/lockstep-tla/lockstep/trace"
)

//go:embed broken/*.go
var broken embed.FS

// Pattern is the single-socket channel, for the checker.
var Pattern = conformance.Pattern{
	Name:    "singlesocketchannel",
	Spec:    specs.Of("singlesocketchannel"),
	Package: "github.com/lockstep-tla/lockstep/impl/singlesocketchannel",
	Broken:  conformance.Folder(broken, "broken"),
	System:  newSystem,
	Excuses: []conformance.Excuse{{
		Lie:    "swap *, *",
		Reason: "what two ends do has no order where neither has heard of the other's step; nor has what changes nothing at an end, and an interval may end just before a word or just behind it",
		Where: func(step, next trace.Event) bool {
			return step.Args["node"] != next.Args["node"] || reflect.DeepEqual(step.State, next.State) ||
				step.Step == "Quiet" || next.Step == "Quiet"
		},
	}, {
		Lie:    "d*",
		Reason: "a step may be left out, and a beat taken twice, where the end's next step overtakes it and nothing of it comes to the other end",
		Amid: func(events []trace.Event, at int) bool {
			return overtaken(events, at) || conformance.ChangesNothing(events, at) || events[at].Step == "ReceiveBeat"
		},
	}},
	Scenarios: []conformance.Scenario{{
		Name:  "situations",
		About: "what must not go wrong, brought about on purpose, one a run",
		Runs:  len(situations),
		Run:   situation,
	}, {
		Name:  "crowd",
		About: "both ends dial at once, and many goroutines ask at both",
		Runs:  3,
		Run:   crowd,
	}, {
		Name:  "faults",
		About: "connections that are cut in the middle of frames, stand still, and are closed by half",
		Runs:  8,
		Run:   faults,
	}, {
		Name:  "restarts",
		About: "processes that end and start again while others ask them",
		Runs:  3,
		Run:   restarts,
	}},
}

// overtaken says whether all that a step can have changed at its end is changed
// by the end's next step, if there is one.
func overtaken(events []trace.Event, at int) bool {
	step := events[at]
	for _, next := range events[at+1:] {
		if next.Args["node"] != step.Args["node"] {
			continue
		}
		switch next.Step {
		case "Accept", "Open", "Lose", "Stall", "TimeOut", "Restart":
			return true // with the connection or the process it is all over
		case "ReceiveRequest", "ReceiveAgain", "ReceiveBeat":
			return step.Step == "Quiet" // the silence is over
		case "ReceiveAnswer":
			frame, _ := next.Args["frame"].(map[string]trace.Value)
			return step.Step == "Quiet" || step.Step == "GiveUp" && step.Args["number"] == frame["number"]
		}
		return false
	}
	return true
}

// What is asked, and what all runs have in common.
var (
	texts   = []string{"t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9", pieces}
	pieces  = "a text that does not come in one piece"
	tooLong = "a text that is longer than any text that both ends have agreed to exchange"
)

const (
	window     = 4
	room       = 2
	silence    = 3
	maxMessage = 60
)

func header(scenario string, seed int64) trace.Header {
	return trace.Header{
		Spec: "SingleSocketChannel", Scenario: scenario, Seed: seed,
		Constants: map[string]trace.Value{
			"Node": []trace.Value{"a", "b"}, "First": "a",
			"Text": append(trace.Values(texts), tooLong), "TooLong": []trace.Value{tooLong},
			"Window": window, "Room": room, "Limit": silence,
		},
	}
}
