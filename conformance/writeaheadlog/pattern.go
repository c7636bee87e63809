// Package writeaheadlog holds the write-ahead log in impl/writeaheadlog against
// its spec.
package writeaheadlog

import (
	"embed"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/specs"
	"github.com/lockstep-tla/lockstep/trace"
)

//go:embed broken/*.go
var broken embed.FS

// Pattern is the write-ahead log, for the checker.
var Pattern = conformance.Pattern{
	Name:        "writeaheadlog",
	Spec:        specs.Of("writeaheadlog"),
	Package:     "github.com/lockstep-tla/lockstep/impl/writeaheadlog",
	Broken:      broken,
	System:      newSystem,
	Equivalents: equivalents, EquivalentMutants: equivalentMutants,
	Divergences: logs.Observed, Child: killed.Child,
	Scenarios: []conformance.Scenario{
		logs.Loop(header, often, newLog),
		subjects.Faults(26, "random work on a disk that crashes, tears, fails, fills up and rots"),
		subjects.Halt(28, "the same work, stopped at each of its disk operations in turn"),
		writers.Scenario(6, "many goroutines writing to a real file, under each flush policy, while the log is truncated beside its flushes"),
		killed.Scenario(4, "a process that is killed while it writes to a real file, and started again"),
	},
}

const file, node = "log", "log"

// keys and values are all that the scenarios use.
var (
	keys     = []string{"a", "b", "c", "d"}
	values   = toolbox.Names("", 40)
	policies = []wal.Policy{wal.EachEntry, wal.Group, wal.Async}
)

var header = logs.Header{Spec: "WriteAheadLog", Constants: map[string]trace.Value{
	"Key": trace.Values(keys), "Value": trace.Values(values), "Deleted": wal.Deleted,
}}
