// Package writeaheadlog holds the write-ahead log in impl/writeaheadlog against
// its spec.
package writeaheadlog

import (
	"embed"

	"github.com/lockstep-tla/lockstep/conformance"
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
	Child: killed.Child,
	Scenarios: []conformance.Scenario{
		{Name: "loop", Runs: 12, Run: logs.Loop(header, 1500, often, newLooped), About: "the core in a loop that tries any step at any time, allowed or not"},
		{Name: "faults", Runs: 26, Run: logs.Faults(header, node, newSubject), About: "random work on a disk that crashes, tears, fails, fills up and rots"},
		{Name: "halt", Runs: 28, Run: logs.Halt(header, node, newSubject), About: "the same work, stopped at each of its disk operations in turn"},
		{Name: "writers", Runs: 6, Run: writers, About: "many goroutines writing to a real file, under each flush policy"},
		{Name: "kill", Runs: 4, Run: killed.Run, About: "a process that is killed while it writes to a real file, and started again"},
	},
}

const (
	file = "log"
	node = "log"
)

// keys and values are all that the scenarios use.
var (
	keys     = []string{"a", "b", "c", "d"}
	values   = digits(40)
	policies = []wal.Policy{wal.EachEntry, wal.Group, wal.Async}
)

func digits(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = string([]byte{byte('0' + i/10), byte('0' + i%10)})
	}
	return list
}

func header(scenario string, seed int64) trace.Header {
	return trace.Header{
		Spec: "WriteAheadLog", Scenario: scenario, Seed: seed,
		Constants: map[string]trace.Value{"Key": trace.Values(keys), "Value": trace.Values(values), "Deleted": wal.Deleted},
	}
}
