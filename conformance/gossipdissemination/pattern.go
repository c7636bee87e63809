// Package gossipdissemination holds gossip dissemination in
// impl/gossipdissemination against its spec.
package gossipdissemination

import (
	"embed"
	"fmt"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/specs"
	"github.com/lockstep-tla/lockstep/trace"
)

//go:embed broken/*.go
var broken embed.FS

// Pattern is gossip dissemination, for the checker.
var Pattern = conformance.Pattern{
	Name:    "gossipdissemination",
	Spec:    specs.Of("gossipdissemination"),
	Package: "github.com/lockstep-tla/lockstep/impl/gossipdissemination",
	Broken:  broken,
	System:  newSystem,
	Scenarios: []conformance.Scenario{{
		Name:  "story",
		About: "three nodes, in which each rule is needed at a place that is known",
		Runs:  1,
		Run:   story,
	}, {
		Name:  "faults",
		About: "three to five nodes whose network loses, repeats, delays and partitions, while they crash, leave and suspect each other",
		Runs:  15,
		Run:   faults,
	}, {
		Name:  "fifty",
		About: "fifty nodes that know one seed, until all know all",
		Runs:  1,
		Run:   fifty,
	}, {
		Name:             "udp",
		About:            "nodes with goroutines and clocks on UDP, one of which dies and comes back",
		Runs:             2,
		Nondeterministic: true,
		Run:              overUDP,
	}},
}

// keys and values are all that the scenarios use.
var (
	keys   = []string{"address", "load", "rack"}
	values = append([]string{"0", "1", "2", "3", "4", "5", "6", "7"}, names(5)...)
)

// names returns the names of n nodes.
func names(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("n%02d", i+1)
	}
	return list
}

// header is that of a run of some of the nodes. Small clusters have the same
// constants, so that all go through one run of TLC.
func header(scenario string, seed int64, nodes, vals []string) trace.Header {
	return trace.Header{
		Spec: "GossipDissemination", Scenario: scenario, Seed: seed,
		Constants: map[string]trace.Value{
			"Node": trace.Values(nodes), "Seed": trace.Values(nodes[:1]), "Key": trace.Values(keys), "Value": trace.Values(vals),
		},
	}
}
