// Package segmentedlog holds the segmented log in impl/segmentedlog against its spec.
package segmentedlog

import (
	"embed"
	"io/fs"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/impl/segmentedlog"
	"github.com/lockstep-tla/lockstep/specs"
	"github.com/lockstep-tla/lockstep/trace"
)

//go:embed broken/*.go
var broken embed.FS

// Pattern is the segmented log, for the checker.
var Pattern = conformance.Pattern{
	Name:              "segmentedlog",
	Spec:              specs.Of("segmentedlog"),
	Library:           []fs.FS{specs.Of("writeaheadlog")},
	Package:           "github.com/lockstep-tla/lockstep/impl/segmentedlog",
	Broken:            broken,
	System:            newSystem,
	Equivalents:       equivalents,
	EquivalentMutants: equivalentMutants,
	Child:             killed.Child,
	Scenarios: []conformance.Scenario{{
		Name:  "loop",
		About: "the core in a loop that tries any step at any time, allowed or not",
		Runs:  12,
		Run:   logs.Loop(header, 1500, often, newLooped),
	}, {
		Name:  "faults",
		About: "random work on a disk that crashes, tears, fails and fills up, in segments of a few entries",
		Runs:  20,
		Run:   logs.Faults(header, node, newSubject),
	}, {
		Name:  "halt",
		About: "the same work, with rolls, truncation and removal, stopped at each of its disk operations in turn",
		Runs:  60,
		Run:   logs.Halt(header, node, newSubject),
	}, {
		Name:             "readers",
		About:            "goroutines append to real files and read them, while segments are made and removed",
		Runs:             3,
		Nondeterministic: true,
		Run:              readers,
	}, {
		Name:             "kill",
		About:            "a process that is killed while it rolls in real files, and started again",
		Runs:             3,
		Nondeterministic: true,
		Run:              killed.Run,
	}},
}

const (
	dir  = "log"
	node = "log"
)

// values are all that entries say, so that an entry's place tells what it must be.
var values = []string{"a", "b", "c", "d", "e", "f", "g"}

// at is what the entry with an index says.
func at(index uint64) string { return values[(index-1)%uint64(len(values))] }

func header(scenario string, seed int64) trace.Header {
	return trace.Header{
		Spec: "SegmentedLog", Scenario: scenario, Seed: seed,
		Constants: map[string]trace.Value{"Value": trace.Values(values), "NoValue": segmentedlog.NoValue},
	}
}
