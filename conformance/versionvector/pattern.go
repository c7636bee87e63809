// Package versionvector holds the replicas in impl/versionvector against their spec.
package versionvector

import (
	"embed"
	"fmt"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/specs"
	"github.com/lockstep-tla/lockstep/trace"
)

//go:embed broken/*.go
var broken embed.FS

// Pattern is the version vector, for the checker.
var Pattern = conformance.Pattern{
	Name:    "versionvector",
	Spec:    specs.Of("versionvector"),
	Package: "github.com/lockstep-tla/lockstep/impl/versionvector",
	Broken:  broken,
	System:  newSystem,
	Equivalents: []conformance.Equivalent{{
		Mutant: "* Answer.args.message.context*",
		Reason: "the replica has asked with this context before, and was behind with it, too",
	}, {
		Mutant: "* Ignore.args.message.context*",
		Reason: "the replica has asked with this context before, and was not behind with it either",
	}},
	Scenarios: []conformance.Scenario{
		{Name: "network", Runs: 10, Run: faults,
			About: "clients with old contexts write at three replicas that crash, on a network that loses, repeats and reorders; then all faults end and all must agree"},
		{Name: "scripted", Runs: len(scripts), Run: scripted,
			About: "one run for each rule, step by step: concurrent clients of one replica, late messages, crashes before a flush"},
		{Name: "goroutines", Runs: 3, Nondeterministic: true, Run: goroutines,
			About: "stores of two keys, with many clients at once, over a transport that loses and repeats; a disk crashes under one of them, three times"},
	},
}

// The names that the scenarios use.
var (
	nodes  = []string{"n1", "n2", "n3"}
	values = numbered("v%02d", 36)
)

func numbered(format string, n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf(format, i))
	}
	return all
}

// peersOf returns the other replicas.
func peersOf(name string) (peers []string) {
	for _, n := range nodes {
		if n != name {
			peers = append(peers, n)
		}
	}
	return peers
}

func header(scenario string, seed int64) trace.Header {
	return trace.Header{
		Spec: "VersionVector", Scenario: scenario, Seed: seed,
		Constants: map[string]trace.Value{
			"Replica": trace.Values(nodes), "Incarnation": trace.Values([]int{1, 2, 3, 4, 5, 6}), "Value": trace.Values(values),
		},
	}
}
