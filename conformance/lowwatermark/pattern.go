// Package lowwatermark holds the store in impl/lowwatermark against its spec.
package lowwatermark

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/impl/lowwatermark"
	"github.com/lockstep-tla/lockstep/specs"
	"github.com/lockstep-tla/lockstep/trace"
)

//go:embed broken/*.go
var broken embed.FS

// Pattern is the store with a low-water mark, for the checker.
var Pattern = conformance.Pattern{
	Name:              "lowwatermark",
	Spec:              specs.Of("lowwatermark"),
	Library:           []fs.FS{specs.Of("segmentedlog")},
	Package:           "github.com/lockstep-tla/lockstep/impl/lowwatermark",
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
		About: "random work on a disk that crashes, tears, fails, fills up and damages snapshots, in segments of a few entries",
		Runs:  20,
		Run:   logs.Faults(header, node, newSubject),
	}, {
		Name:  "halt",
		About: "the same work, with snapshots and removal, stopped at each of its disk operations in turn",
		Runs:  60,
		Run:   logs.Halt(header, node, newSubject),
	}, {
		Name:             "cleaner",
		About:            "goroutines append to real files and read them, while the store takes snapshots and removes segments",
		Runs:             3,
		Nondeterministic: true,
		Run:              cleaner,
	}, {
		Name:             "kill",
		About:            "a process that is killed while it takes snapshots and removes segments in real files, and started again",
		Runs:             3,
		Nondeterministic: true,
		Run:              killed.Run,
	}},
}

const (
	dir  = "store"
	node = "store"
)

// values are all that entries say, so that an entry's place tells what it must be.
var values = []string{"a", "b", "c", "d", "e", "f", "g"}

// at is what the entry with an index says.
func at(index uint64) string { return values[(index-1)%uint64(len(values))] }

var names = []string{"follower", "reader"}

func header(scenario string, seed int64) trace.Header {
	return trace.Header{
		Spec: "LowWaterMark", Scenario: scenario, Seed: seed,
		Constants: map[string]trace.Value{"Value": trace.Values(values), "Holder": trace.Values(names)},
	}
}

// words is a state that lists all updates.
type words struct{ all []string }

var _ lowwatermark.Traced = (*words)(nil)

func (w *words) Apply(e lowwatermark.Entry) { w.all = append(w.all, string(e.Payload)) }
func (w *words) Snapshot() []byte           { return []byte(strings.Join(w.all, ",")) }
func (w *words) Size() int                  { return len(w.all) }
func (w *words) Last() string               { return w.all[len(w.all)-1] }

// check says whether the state has this many updates at least, and as they were.
func (w *words) check(known int) error {
	if w.Size() < known {
		return fmt.Errorf("%d updates are found, and not %d", w.Size(), known)
	}
	for i, value := range w.all {
		if value != at(uint64(i)+1) {
			return fmt.Errorf("update %d is %q", i+1, value)
		}
	}
	return nil
}

func (w *words) Restore(state []byte) error {
	if len(state) == 0 || w.all != nil {
		return errors.New("restored from nothing, or a second time")
	}
	w.all = strings.Split(string(state), ",")
	return nil
}
