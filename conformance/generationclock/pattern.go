// Package generationclock holds the nodes and the store in impl/generationclock
// against their spec.
package generationclock

import (
	"embed"

	"github.com/lockstep-tla/lockstep/conformance"
	gc "github.com/lockstep-tla/lockstep/impl/generationclock"
	"github.com/lockstep-tla/lockstep/specs"
	"github.com/lockstep-tla/lockstep/trace"
)

//go:embed broken/*.go
var broken embed.FS

// Pattern is the generation clock, for the checker.
var Pattern = conformance.Pattern{
	Name:    "generationclock",
	Spec:    specs.Of("generationclock"),
	Package: "github.com/lockstep-tla/lockstep/impl/generationclock",
	Broken:  broken,
	System:  newSystem,
	Child:   child,
	EquivalentMutants: []conformance.EquivalentMutant{
		{ID: "spec:equality:Restart:40065320", Reason: "StartsAt and FenceStartsAt are the same, the durable number; they have two names so that each can be broken alone"},
		{ID: "code:ignore-error:journal.save:6ad738b9", Reason: "a record of numbers and strings always has a JSON text"},
	},
	Scenarios: []conformance.Scenario{
		{Name: "walk", Runs: 12, Run: walk,
			About: "three nodes and a store take random steps; any message that was ever sent may arrive, any number of times; all of them crash"},
		{Name: "failing", Runs: 8, Nondeterministic: true, Run: failing,
			About: "rivals campaign, order and write at once, over a transport that loses and repeats, on a disk that fails to write, to flush or to hold more under one of them; and their successors"},
		{Name: "processes", Runs: 2, Nondeterministic: true, Run: processes,
			About: "processes on TCP; the leader is stopped for longer than its generation and goes on, others are killed and started again"},
	},
}

// The names that the scenarios use.
var (
	nodes  = []string{"n1", "n2", "n3"}
	all    = []string{"n1", "n2", "n3", store}
	values = []string{"a", "b", "c", "d"}
)

const store = "store"

func header(scenario string, seed int64) trace.Header {
	return trace.Header{
		Spec: "GenerationClock", Scenario: scenario, Seed: seed,
		Constants: map[string]trace.Value{
			"Node": trace.Values(nodes), "Store": store, "Value": trace.Values(values),
			"NoNode": gc.NoNode, "NoValue": gc.NoValue,
		},
	}
}
