// Package clockboundwait holds the nodes in impl/clockboundwait against their spec.
package clockboundwait

import (
	"embed"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/specs"
	"github.com/lockstep-tla/lockstep/trace"
)

//go:embed broken/*.go
var broken embed.FS

// Pattern is clock-bound wait, for the checker.
var Pattern = conformance.Pattern{
	Name:    "clockboundwait",
	Spec:    specs.Of("clockboundwait"),
	Package: "github.com/lockstep-tla/lockstep/impl/clockboundwait",
	Broken:  broken,
	System:  newSystem,

	EquivalentMutants: equivalentMutants,
	Scenarios: []conformance.Scenario{
		{Name: "walk", Runs: 8, Run: walk,
			About: "two nodes take random steps, with clocks that jump both ways within their bounds; both crash"},
		{Name: "scripted", Runs: len(scripts), Run: scripted,
			About: "one run for each rule, step by step: clocks that are slow, fast, stand still and go back, a read beside pending writes, a crash"},
		{Name: "goroutines", Runs: 3, Nondeterministic: true, Run: goroutines,
			About: "clients in goroutines write and read on both nodes, whose clocks jump within their bounds; some give up; porcupine judges the answers"},
	},
}

// nodes are the names that the runs use.
var (
	nodes  = []string{"n1", "n2"}
	keys   = []string{"a", "b"}
	widths = map[string]uint64{"n1": 6, "n2": 3}
)

// maxTime is the last moment of a run.
const maxTime = 120

func header(scenario string, seed int64) trace.Header {
	times := make([]int, maxTime+1)
	for i := range times {
		times[i] = i
	}
	return trace.Header{
		Spec: "ClockBoundWait", Scenario: scenario, Seed: seed,
		Constants: map[string]trace.Value{
			"Node": trace.Values(nodes), "Key": trace.Values(keys), "Time": trace.Values(times),
			"Width": int(max(widths["n1"], widths["n2"])), "Excess": 0,
		},
	}
}
