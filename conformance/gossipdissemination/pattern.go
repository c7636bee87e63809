// Package gossipdissemination holds the nodes in impl/gossipdissemination against
// their spec.
package gossipdissemination

import (
	"embed"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
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
	// A node that is down knows nothing, which DownKnowsNothing checks: it is no owner, and
	// no other one is suspect.
	EquivalentMutants: []conformance.EquivalentMutant{
		{ID: "spec:leave-out:DeclareDead:7f2db66e", Reason: "the other node is one that this one knows, and a node that is down knows none"},
		{ID: "spec:leave-out:Refute:69d2c98a", Reason: "what a node that is down knows of itself is Unknown, whose status is alive, and only a suspicion is refuted"},
		{ID: "spec/AntiEntropy:leave-out:Crash:39af966f", Reason: "a node that is down knows nothing: see DownKnowsNothing"},
		{ID: "code:swap-arguments:since:86c8c7d5", Reason: "the smaller of two numbers does not depend on their order"},
		{ID: "code:swap-arguments:Options.item:336b3311", Reason: "the smaller of two numbers does not depend on their order"},
	},
	Scenarios: []conformance.Scenario{
		{Name: "faults", Runs: 15, Run: faults,
			About: "three to five nodes that take random steps; any message may arrive late and again, and nodes crash, leave and suspect each other"},
		{Name: "fifty", Runs: 1, Run: fifty, About: "fifty nodes that know one seed, until each knows all"},
		{Name: "udp", Runs: 2, Nondeterministic: true, Run: overUDP,
			About: "nodes with goroutines and clocks on UDP, whose generations begin high and cannot be kept at first, and whose sends fail now and then; one crashes and restarts, one leaves"},
	},
}

// The names that the scenarios use. Small clusters have the same constants, so that
// their traces go through one run of TLC.
var (
	nodes  = toolbox.Names("n", 5)
	keys   = []string{"address", "load", "rack"}
	values = append([]string{"0", "1", "2", "3", "4", "5", "6", "7"}, nodes...)
)

// The nodes of the spec's View that are no members of the cluster.
const (
	observer    = "observer"
	environment = "network"
)

// header is the header of a run of some of the nodes, the first of which is the seed.
func header(scenario string, seed int64, nodes, values []string) trace.Header {
	return trace.Header{
		Spec: "GossipDissemination", Scenario: scenario, Seed: seed,
		Constants: map[string]trace.Value{
			"Node": trace.Values(nodes), "Seed": trace.Values(nodes[:1]), "Key": trace.Values(keys), "Value": trace.Values(values),
		},
	}
}
