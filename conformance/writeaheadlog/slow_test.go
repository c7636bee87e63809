package writeaheadlog

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/slowtest"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// TestSpecAcceptsSlowWrites: goroutines write to a map, under each policy, while one write or
// flush after the other is slow. Soon behind it the disk stops, and a crash takes all that was
// not flushed.
func TestSpecAcceptsSlowWrites(t *testing.T) {
	slowtest.Accepts(t, Pattern.Spec, int64(slowWrites*len(policies)), slowRun)
}

// slowWrites is how many writes are slow in turn under each policy.
const slowWrites = 8

func slowRun(_ context.Context, run conformance.Run, w *slowtest.Write) error {
	w.Nth = 1 + run.Seed%slowWrites
	h := header.Of("slow", run.Seed)
	return toolbox.RecordAnswers(run, h, func(rec *trace.Recorder, answers *toolbox.Answers) error {
		fake := disktest.New()
		w.Then = func() { fake.HaltAfter(2) }
		m, err := openedMap(disktest.Intercept(fake, w.Disk()), run.Seed, rec)
		if err != nil {
			return err
		}
		w.Begin(rec)
		err = toolbox.Concurrently(len(keys), func(i int) error {
			return toolbox.Allow(fill(m, i, rec, answers), wal.ErrPoisoned)
		})
		fake.Crash(nil)
		if err = errors.Join(err, recordCrash(rec, nil, fake, ".")); err != nil {
			return err
		}
		if m, err = openedMap(fake, run.Seed, rec); err != nil {
			return err
		}
		return errors.Join(m.Log().Sync(), logs.ClaimEnd(rec, run.Path, node), m.Close())
	})
}

func openedMap(fs disk.FS, seed int64, rec *trace.Recorder) (*wal.Map, error) {
	return wal.OpenMap(file, wal.Options{
		Policy: toolbox.Pick(policies, seed), FlushInterval: math.MaxInt64, Preallocate: 64,
		FS: fs, Trace: rec, Node: node,
	})
}

// fill puts values under a key of its own. One of the workers lets the log flush each time,
// which Async would hardly come to.
func fill(m *wal.Map, worker int, rec *trace.Recorder, answers *toolbox.Answers) error {
	for i := range 6 {
		var b wal.Batch
		b.Put(keys[worker], values[i])
		index, err := m.Log().Append(0, b.Encode(nil))
		if err != nil {
			return err
		}
		answers.Told(rec, node, "an entry is acknowledged", func(state *trace.Record) bool {
			return state.Uint("acked") >= index
		})
		if worker == 0 {
			if err := m.Log().Sync(); err != nil {
				return err
			}
		}
	}
	return nil
}
