// Package writeaheadlog holds the write-ahead log in impl/writeaheadlog against
// its spec.
package writeaheadlog

import (
	"embed"

	"github.com/lockstep-tla/lockstep/conformance"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/specs"
	"github.com/lockstep-tla/lockstep/trace"
)

//go:embed broken/*.go
var broken embed.FS

// Pattern is the write-ahead log, for the checker.
var Pattern = conformance.Pattern{
	Name:    "writeaheadlog",
	Spec:    specs.Of("writeaheadlog"),
	Package: "github.com/lockstep-tla/lockstep/impl/writeaheadlog",
	Broken:  broken,
	System:  newSystem,
	Equivalents: []conformance.Equivalent{{
		Mutant: "drop * before Crash",
		Reason: "what a process did last before it died may as well not have happened, where it is not on the disk: a crash leaves nobody who could know",
	}, {
		Mutant: "drop Apply before Close",
		Reason: "a process that ends as it should forgets its store like one that dies",
	}, {
		Mutant: "drop Acknowledge before Close",
		Reason: "a client that waits when the log is closed may be told so instead",
	}, {
		Mutant: "drop Sync before Sync*",
		Reason: "the next Sync covers what this one did, if nothing was built on it in between; one that fails is the log's end anyway",
	}, {
		Mutant: "drop Sync before TruncateFrom",
		Reason: "what is truncated need not have been flushed, if nothing was built on it",
	}},
	Child: child,
	Scenarios: []conformance.Scenario{{
		Name:  "loop",
		About: "the core in a loop that tries any step at any time, allowed or not",
		Runs:  12,
		Run:   loop,
	}, {
		Name:  "faults",
		About: "random work on a disk that crashes, tears, fails, fills up and rots",
		Runs:  26,
		Run:   faults,
	}, {
		Name:  "halt",
		About: "the same work, stopped at each of its disk operations in turn",
		Runs:  28,
		Run:   halt,
	}, {
		Name:  "writers",
		About: "many goroutines writing to a real file, under each flush policy",
		Runs:  6,
		Run:   writers,
	}, {
		Name:  "kill",
		About: "a process that is killed while it writes to a real file, and started again",
		Runs:  4,
		Run:   kill,
	}},
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
