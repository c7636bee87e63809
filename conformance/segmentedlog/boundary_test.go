package segmentedlog

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/trace"
)

// TestSpecAcceptsIndexesThatCrossPowersOfTwo: random work with faults on a log whose indexes
// begin just below 2^16, 2^31 and 2^32, because older segments were removed. The recorder takes
// the beginning off; an index that was cut to fewer bits shows.
func TestSpecAcceptsIndexesThatCrossPowersOfTwo(t *testing.T) {
	if testing.Short() {
		t.Skip("needs Java and TLC")
	}
	var all []*trace.Trace
	for seed := int64(1); seed < 8; seed++ {
		if before := toolbox.CountFrom(nil, seed); before > 0 {
			all = append(all, high(t, seed, before+1))
		}
	}
	conformance.Accepts(t, toolbox.Joined(t,
		toolbox.Part{Folder: Pattern.Spec, Files: []string{"*.tla", "*.cfg"}},
		toolbox.Part{Folder: Pattern.Library[0], Files: []string{"Disk.tla", "Dur*.tla", "WriteAheadLog.tla"}}), all...)
}

// high records a run of the scenario faults. Its first operation is done after an entry with
// index first-1, and the run goes on beyond first+1.
func high(t *testing.T, seed int64, first uint64) *trace.Trace {
	var s *subject
	subjects := subjects
	subjects.Create = func(h *logs.Harness) logs.Subject {
		s = &subject{Harness: h}
		return &raised{subject: s, first: first}
	}
	run := conformance.Run{Path: filepath.Join(t.TempDir(), "high.ndjson"), Seed: seed}
	require.NoError(t, subjects.Faults(1, "").Run(t.Context(), run), "seed %d", seed)
	require.Greater(t, s.log.Status().Appended, first+1, "seed %d", seed)
	recorded, err := trace.ReadFile(run.Path)
	require.NoError(t, err)
	return recorded
}

// raised is a subject whose indexes go on with a high one before its first operation.
type raised struct {
	*subject
	first uint64
	done  bool
}

func (r *raised) Do(op logs.Operation) {
	if !r.done {
		r.rise()
		r.done = true
	}
	r.subject.Do(op)
}

// rise gives the only segment, which is empty, the name that it has after the removal of all
// entries before first.
func (r *raised) rise() {
	r.Must(logs.InTurn(func() error { return r.append(3) }, r.Settle, r.readAll, r.log.Roll,
		func() error { return r.log.DropBefore(math.MaxUint64) }))
	r.Close()
	f, err := ReadFiles(r.Disk, dir)
	r.Check(len(f.Names) == 1 && len(f.Newest.All) == 0, "there are %d segments", len(f.Names))
	r.Rec.CountFrom(r.first - f.Base)
	name := fmt.Sprintf("%020d-%020d.seg", f.newest(), r.first)
	r.Must(errors.Join(err, r.Disk.Rename(filepath.Join(dir, f.Names[0]), filepath.Join(dir, name)),
		r.Disk.SyncDir(dir), r.Start()))
}
