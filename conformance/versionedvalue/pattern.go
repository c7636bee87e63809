// Package versionedvalue holds the store in impl/versionedvalue against its spec.
package versionedvalue

import (
	"embed"

	"github.com/lockstep-tla/lockstep/conformance"
	vv "github.com/lockstep-tla/lockstep/impl/versionedvalue"
	"github.com/lockstep-tla/lockstep/specs"
	"github.com/lockstep-tla/lockstep/trace"
)

//go:embed broken/*.go
var broken embed.FS

// Pattern is the versioned value, for the checker.
var Pattern = conformance.Pattern{
	Name:    "versionedvalue",
	Spec:    specs.Of("versionedvalue"),
	Package: "github.com/lockstep-tla/lockstep/impl/versionedvalue",
	Broken:  broken,
	System:  newSystem,

	Equivalents: equivalents,
	EquivalentMutants: []conformance.EquivalentMutant{
		{ID: "spec:shift-bound:Insert:d0b266f2", Reason: "no entry has the version of another one"},
		{ID: "spec:leave-out:Abandon:2ff5928e", Reason: "only open writes are tried"},
		{ID: "spec:shift-bound:IsSettled:ede91610", Reason: "it is asked of installed versions, and those are not in the set of the others"},
		{ID: "code:swap-arguments:Snapshot.Range:a0a28fda", Reason: "the less of two numbers"},
		{ID: "code:ignore-error:Store.openAt:cd7e69e6", Reason: "what Open refuses, check has refused before"},
		{ID: "code:shift-bound:Core.oldestReader:880d24a6", Reason: "the less of two equal numbers"},
	},
	Scenarios: []conformance.Scenario{
		{Name: "walk", Runs: 8, Run: walk,
			About: "the core takes random steps, allowed or not, with versions of a counter or of a clock that leaves gaps"},
		{Name: "scripted", Runs: len(scripts), Run: scripted,
			About: "one run for each rule, step by step: writers that overtake each other, readers beside a collector, restarts"},
		{Name: "goroutines", Runs: 4, Nondeterministic: true, Run: goroutines,
			About: "writers, readers with long snapshots and a collector at once, in two incarnations; versions begin high"},
	},
}

// The names that the scenarios use. Some keys begin with another one.
var (
	keys   = []string{"a", "a1", "ab", "b"}
	values = []string{"u", "v", "w", "x"}
	most   = 99 // the greatest version
)

func header(scenario string, seed int64) trace.Header {
	var upTo []trace.Value // the order of the keys
	for i := range keys {
		upTo = append(upTo, trace.Values(keys[:i+1]))
	}
	return trace.Header{
		Spec: "VersionedValue", Scenario: scenario, Seed: seed,
		Constants: map[string]trace.Value{
			"UpTo": upTo, "Value": trace.Values(values), "Tombstone": vv.Tombstone, "NoKey": "",
			"Most": most, "Limit": trace.Values([]int{1, 2, 3, 4, 5, 257}),
		},
	}
}
