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
	Divergences:       logs.Observed,
	Child:             killed.Child,
	Scenarios: []conformance.Scenario{
		logs.Loop(header, often, newLog),
		subjects.Faults(20, "random work on a disk that crashes, tears, fails and fills up, in segments of a few entries"),
		subjects.Halt(60, "the same work, with rolls, truncation and removal, stopped at each of its disk operations in turn"),
		readers.Scenario(3, "goroutines append to real files and read them, while segments are made and removed and the log is truncated beside its flushes"),
		killed.Scenario(3, "a process that is killed while it rolls in real files, and started again"),
	},
}

const dir, node = "log", "log"

var header = logs.Header{Spec: "SegmentedLog", Constants: map[string]trace.Value{
	"Value": trace.Values(logs.Values), "NoValue": segmentedlog.NoValue,
}}
