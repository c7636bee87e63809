// Package versionvector holds the replicas in impl/versionvector against their spec.
package versionvector

import (
	"embed"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
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
	Child:   func(args []string) error { return toolbox.RecordChild(args, recorder, serve) },
	EquivalentMutants: []conformance.EquivalentMutant{
		{ID: "spec:shift-bound:JoinEntry:455a0aa3", Reason: "of two entries with equal counts either keeps what both have"},
		{ID: "spec:leave-out:Restart:30d41e6b", Reason: "only what may be kept is tried"},
		{ID: "spec:leave-out:Restart:0d8524e8", Reason: "only what a replica may start with is tried"},
		{ID: "spec:leave-out:Put:3b249712", Reason: "only contexts of reads are tried"},
		{ID: "spec:shift-bound:Learned:8098b3cc", Reason: "of two equal numbers either is taken"},
		{ID: "code:swap-arguments:Join:d1700adf", Reason: "of two entries with equal counts either keeps what both have"},
		{ID: "code:swap-arguments:State.equal:3854df6c", Reason: "what is equal is so in either order"},
		{ID: "code:swap-arguments:State.equal:d69327f1", Reason: "what is equal is so in either order"},
		{ID: "code:ignore-error:journal.save:6ad738b9", Reason: "texts and numbers can always be written as JSON"},
	},
	Equivalents: []conformance.Equivalent{
		{Mutant: "falsify Ignore.args.message.from", Reason: "both have asked with this context, and are known to have it"},
		{Mutant: "remove Ignore.args.message.context.n1.65536", Reason: "the asker had asked before it had the entry too, and is known to have the rest"},
	},
	Scenarios: []conformance.Scenario{
		{Name: "network", Runs: 10, Run: walk,
			About: "clients with old contexts write at three replicas that crash; any message that was ever sent may arrive, any number of times; then all faults end and all must agree"},
		{Name: "goroutines", Runs: 3, Nondeterministic: true, Run: goroutines,
			About: "stores of two keys, with many clients at once, over a transport that loses and repeats; a disk crashes under one of them, three times"},
		{Name: "processes", Runs: 2, Nondeterministic: true, Run: processes,
			About: "replicas in processes of their own, over TCP, of which one is killed while it writes, three times"},
	},
}

// The names that the scenarios use.
var nodes, values = []string{"n1", "n2", "n3"}, toolbox.Names("v", 36)

// incarnations are the numbers that a replica may have, up to the last one that TLC reads.
// They cross 2^16, and go up to 2^31-1.
var incarnations = []int{1, 2, 3, 4, 1<<16 - 1, 1 << 16, 1<<16 + 1, 1<<16 + 2, 1<<31 - 4, 1<<31 - 3, 1<<31 - 2, 1<<31 - 1}

func header(scenario string, seed int64) trace.Header {
	return trace.Header{
		Spec: "VersionVector", Scenario: scenario, Seed: seed,
		Constants: map[string]trace.Value{"Replica": trace.Values(nodes), "Incarnation": trace.Values(incarnations), "Value": trace.Values(values)},
	}
}
