// Package singlesocketchannel holds the channel in impl/singlesocketchannel
// against its spec.
package singlesocketchannel

import (
	"embed"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	"github.com/lockstep-tla/lockstep/specs"
	"github.com/lockstep-tla/lockstep/trace"
)

//go:embed broken/*.go
var broken embed.FS

// Pattern is the single-socket channel, for the checker.
var Pattern = conformance.Pattern{
	Name:              "singlesocketchannel",
	Spec:              specs.Of("singlesocketchannel"),
	Package:           "github.com/lockstep-tla/lockstep/impl/singlesocketchannel",
	Broken:            broken,
	System:            newSystem,
	EquivalentMutants: equivalentMutants,
	Scenarios: []conformance.Scenario{
		{Name: "scripted", Runs: len(scripts) + walks, Run: scripted, About: "for each rule a course of events in which it matters, and random work, step by step"},
		{Name: "incidents", Runs: len(incidents), Run: incident, Nondeterministic: true, About: "one thing goes wrong on purpose between two nodes on TCP"},
		{Name: "crowd", Runs: 3, Run: crowd, Nondeterministic: true, About: "both ends dial at once, and many goroutines send requests at both"},
		{Name: "faults", Runs: 8, Run: faults, Nondeterministic: true, About: "connections that are cut in the middle of frames, stand still, and are closed by half"},
		{Name: "restarts", Runs: 3, Run: restarts, Nondeterministic: true, About: "processes that end and start again while they have requests of others"},
	},
}

// The bodies of requests. The longest one just fits, and the next one does not.
var (
	texts   = []string{"t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9", longest}
	longest = strings.Repeat("x", maxMessage)
	tooLong = longest + "x"
)

const (
	window     = 4
	room       = 2
	missed     = 3 // heartbeats after which an end is dead
	maxMessage = 40
)

var limits = ssc.Limits{Window: window, Room: room, Silence: missed, MaxMessage: maxMessage}

func header(scenario string, seed int64) trace.Header {
	return trace.Header{
		Spec: "SingleSocketChannel", Scenario: scenario, Seed: seed,
		Constants: map[string]trace.Value{
			"Node": trace.Values(names), "First": names[0],
			"Text": append(trace.Values(texts), tooLong), "TooLong": []trace.Value{tooLong},
			"Window": window, "Room": room, "Limit": missed,
		},
	}
}
