// Package heartbeat holds the heartbeats in impl/heartbeat against their spec.
package heartbeat

import (
	"embed"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/specs"
)

//go:embed broken/*.go
var broken embed.FS

// Pattern is HeartBeat, for the checker.
var Pattern = conformance.Pattern{
	Name:        "heartbeat",
	Spec:        specs.Of("heartbeat"),
	Package:     "github.com/lockstep-tla/lockstep/impl/heartbeat",
	Broken:      broken,
	System:      newSystem,
	Child:       child,
	Equivalents: excuses(),
	Scenarios: []conformance.Scenario{{
		Name:  "script",
		About: "for each rule a course of events in which it matters, in virtual time",
		Runs:  14,
		Run:   script,
	}, {
		Name:  "faults",
		About: "nodes that crash, start and stand still, on a network that loses, repeats, delays and is cut, in virtual time",
		Runs:  16,
		Run:   faults,
	}, {
		Name:  "processes",
		About: "processes that send over UDP, one of which is stopped and continued, and one killed and started again",
		Runs:  2,
		Run:   processes,
	}},
}

// excuses are the lies that are none.
func excuses() []conformance.Equivalent {
	return []conformance.Equivalent{{
		Mutant: "double Check",
		Reason: "who looks again at once finds the same",
	}, {
		Mutant: "double End",
		Reason: "End claims something and changes nothing",
	}, {
		Mutant: "double Ignore",
		Reason: "a message may arrive any number of times, and one that is ignored changes nothing",
	}, {
		Mutant: "drop Ignore before *",
		Reason: "a message that is ignored may as well have been lost",
	}, {
		Mutant: "drop Receive before *",
		Reason: "a message may as well have been lost, if the next one was taken before anybody looked",
	}, {
		Mutant: "drop Check before *",
		Reason: "a check that finds nothing need not have been, where the watcher may stand still",
	}, {
		Mutant: "drop Resume before Calm",
		Reason: "nobody stands still in a calm world, whether it was said before or not",
	}, {
		Mutant: "drop Tick before *",
		Reason: "time may as well pass in one step, if nothing was read from a clock between",
	}, {
		Mutant: "swap *, *",
		Reason: "what two nodes do, or one node and the world, has no order where neither knows of the other",
		Where:  conformance.DifferentNodes,
	}}
}
