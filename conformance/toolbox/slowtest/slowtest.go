// Package slowtest records runs in which one write is slow. A core records a step, and its
// effect on a disk or a network follows: in these runs the two lie far apart, and other
// goroutines act between them. A write stands still once before it is made, for a shell that
// records first, and once more when it is made, for one that records behind.
package slowtest

import (
	"context"
	"io/fs"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/trace"
)

// Write is one of the writes of a run, which is slow.
type Write struct {
	// Nth is which one it is, counted from 1: at first the seed of the run.
	Nth int64
	// Then, if set, is called when the slow write is over, before its caller knows that.
	Then func()

	ctx   context.Context
	limit time.Duration // longest
	rec   atomic.Pointer[trace.Recorder]
	begun atomic.Int64 // writes
	met   atomic.Int64 // steps that were recorded while it stood still
}

const (
	// enough is how many steps of others a write waits for. More than one goroutine may
	// have something to do first that does not matter.
	enough = 10
	// longest is how long it waits for them: what holds a lock meanwhile waits in vain.
	// Nothing is refused because of it.
	longest = 50 * time.Millisecond
)

// Begin lets the writes count from now on, in a run with this recorder.
func (w *Write) Begin(rec *trace.Recorder) { w.rec.Store(rec) }

// Do makes a write, which is told whether it is the slow one.
func (w *Write) Do(write func(slow bool) error) error {
	if !w.isNext() {
		return write(false)
	}
	w.wait()
	err := write(true)
	w.over()
	return err
}

// isNext counts a write, and says whether it is the slow one.
func (w *Write) isNext() bool { return w.rec.Load() != nil && w.begun.Add(1) == w.Nth }

// over is when the slow write is made.
func (w *Write) over() {
	w.wait()
	if w.Then != nil {
		w.Then()
	}
}

// wait waits until others have recorded enough steps, or for the longest time.
func (w *Write) wait() {
	rec := w.rec.Load()
	before := rec.Steps()
	ctx, cancel := context.WithTimeout(w.ctx, w.limit)
	defer cancel()
	var patience toolbox.Patience
	_ = patience.Eventually(ctx, "others have acted", func() bool { return rec.Steps() >= before+enough })
	w.met.Add(int64(rec.Steps() - before))
}

// Accepts records runs with the seeds from 1 to this number, each of which has a slow write,
// and fails the test for each of them that the spec does not accept. It fails it also if a run
// has no such write, or if nothing happened while any of them stood still. The context of a
// run ends with its patience.
func Accepts(t *testing.T, spec fs.FS, runs int64, record func(context.Context, conformance.Run, *Write) error) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs Java and TLC")
	}
	var all []*trace.Trace
	var patience toolbox.Patience
	met := int64(0)
	for seed := int64(1); seed <= runs; seed++ {
		dir := t.TempDir()
		run := conformance.Run{Seed: seed, Dir: dir, Path: filepath.Join(dir, "slow.ndjson")}
		w := &Write{Nth: seed, ctx: t.Context(), limit: longest}
		ctx, cancel := patience.Context(t.Context())
		err := record(ctx, run, w)
		if cancel(); err != nil {
			t.Errorf("seed %d: %s", seed, err) // the trace says more
		}
		if w.begun.Load() < w.Nth {
			t.Errorf("seed %d: there is no write %d, only %d", seed, w.Nth, w.begun.Load())
		}
		met += w.met.Load()
		recorded, err := trace.ReadFile(run.Path)
		require.NoError(t, err, "seed %d", seed)
		all = append(all, recorded)
	}
	require.Positive(t, met, "steps while writes stood still")
	conformance.Accepts(t, spec, all...)
}
