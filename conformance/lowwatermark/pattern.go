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
	Divergences:       logs.Observed,
	Child:             killed.Child,
	Scenarios: []conformance.Scenario{
		logs.Loop(header, often, newStore),
		subjects.Faults(20, "random work on a disk that crashes, tears, fails, fills up and damages snapshots, in segments of a few entries"),
		subjects.Halt(60, "the same work, with snapshots and removal, stopped at each of its disk operations in turn"),
		cleaner.Scenario(3, "goroutines append to real files and read them, while the store takes snapshots and removes segments"),
		killed.Scenario(3, "a process that is killed while it takes snapshots and removes segments in real files, and started again"),
	},
}

const dir, node = "store", "store"

var names = []string{"follower", "reader"}

var header = logs.Header{Spec: "LowWaterMark", Constants: map[string]trace.Value{
	"Value": trace.Values(logs.Values), "Holder": trace.Values(names),
}}

// words is a state that lists all updates.
type words struct {
	all    []string
	before uint64 // the index before the first
}

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
		if value != logs.At(w.before+uint64(i)+1) {
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
