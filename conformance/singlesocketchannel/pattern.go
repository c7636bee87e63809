// Package singlesocketchannel holds the channel in impl/singlesocketchannel
// against its spec.
package singlesocketchannel

import (
	"embed"

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
	Broken:  broken,
	System:  newSystem,
	Scenarios: []conformance.Scenario{{
		Name:  "situations",
		About: "what must not go wrong, brought about on purpose, one a run",
		Runs:  len(situations),
		Run:   situation,
	}, {
		Name:             "crowd",
		About:            "both ends dial at once, and many goroutines ask at both",
		Runs:             3,
		Nondeterministic: true,
		Run:              crowd,
	}, {
		Name:             "faults",
		About:            "connections that are cut in the middle of frames, stand still, and are closed by half",
		Runs:             8,
		Nondeterministic: true,
		Run:              faults,
	}, {
		Name:             "restarts",
		About:            "processes that end and start again while others ask them",
		Runs:             3,
		Nondeterministic: true,
		Run:              restarts,
	}},
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
