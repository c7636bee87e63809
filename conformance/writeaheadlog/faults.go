package writeaheadlog

import (
	"context"
	"errors"
	"fmt"
	"math"

	fuzz "github.com/google/gofuzz"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

const file = "log"

// world is a map on a disk in memory, and what goes wrong with them.
type world struct {
	rec  *trace.Recorder
	disk *disktest.Disk
	m    *wal.Map // nil while it is down
	hold bool
	// durable is how many entries the log has known to be durable. More may
	// be; only what the log knows of may rot, because nothing else tells rot
	// from a crash.
	durable uint64
	crashes int64
}

// operation is one thing that is done to the world; gofuzz fills it in.
type operation struct {
	Kind    uint8
	Keys    uint8
	Values  [4]uint8
	Choice  uint8
	Another uint8
}

// workload returns the operations that a seed stands for.
func workload(seed int64, from, to int) []operation {
	var ops []operation
	fuzz.NewWithSeed(seed).NilChance(0).NumElements(from, to).Fuzz(&ops)
	return ops
}

// batch is the batch that an operation writes.
func (op operation) batch() *wal.Batch {
	b := new(wal.Batch)
	for i, key := range keys {
		switch v := int(op.Values[i]); {
		case op.Keys>>i&1 == 0 && (i > 0 || op.Keys%16 != 0):
		case v%4 == 0:
			b.Delete(key)
		default:
			b.Put(key, values[v%len(values)])
		}
	}
	return b
}

// faults does random things, most of them work, and ends now and then with
// rot.
func faults(ctx context.Context, run conformance.Run) error {
	return inWorld(run, "faults", func(w *world) error {
		ops := workload(run.Seed, 20, 40)
		if err := w.open(ops[0]); err != nil {
			return err
		}
		for _, op := range ops {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := w.do(op); err != nil {
				return err
			}
		}
		return w.end(ops[len(ops)-1])
	})
}

// halt does the same work for all seeds, and stops the disk at an operation
// that depends on the seed.
func halt(_ context.Context, run conformance.Run) error {
	return inWorld(run, "halt", func(w *world) error {
		ops := workload(1, 16, 16)
		policy := operation{Choice: uint8(run.Seed)}
		w.disk.HaltAfter(int(run.Seed) - 1)
		if err := w.open(policy); err == nil {
			for _, op := range ops {
				if !w.submit(op) {
					break
				}
			}
		} else if !errors.Is(err, disktest.ErrCrashed) {
			return err
		}
		if err := w.crash(operation{Choice: uint8(run.Seed / 3)}); err != nil {
			return err
		}
		if err := w.open(policy); err != nil {
			return err
		}
		for _, op := range ops {
			w.submit(op)
		}
		return w.close()
	})
}

// inWorld makes a world, records what do does in it, and finishes the trace
// even if that fails.
func inWorld(run conformance.Run, scenario string, do func(*world) error) (err error) {
	out, err := trace.Create(run.Path, header(scenario, run.Seed))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	return do(&world{rec: out, disk: disktest.New()})
}

// open opens the map under a policy of the operation's choice.
func (w *world) open(op operation) (err error) {
	w.hold = op.Another%4 == 0
	w.m, err = wal.OpenMap(file, wal.Options{
		Policy:        wal.Policy(op.Choice % 3),
		FlushInterval: math.MaxInt64, // as far as it depends on time, never
		Preallocate:   []int64{-1, 300, 3000}[op.Another%3],
		MaxBuffer:     512,
		Hold:          w.hold,
		FS:            w.disk, Trace: w.rec, Node: node,
	})
	return err
}

// do does one thing.
func (w *world) do(op operation) error {
	switch op.Kind % 20 {
	case 0:
		w.write(op)
		return w.sync()
	case 1:
		if err := w.close(); err != nil {
			return err
		}
		return w.open(op)
	case 2, 3:
		if err := w.crash(op); err != nil {
			return err
		}
		return w.open(op)
	case 4:
		w.disk.FailSync(file)
		return w.fail(op)
	case 5:
		w.disk.ShortWrite(file, int(op.Choice))
		return w.fail(op)
	case 6:
		w.disk.LimitSpace(int64(op.Choice) % 64)
		return w.fail(op)
	case 7:
		w.disk.HaltAfter(int(op.Another % 3))
		return w.fail(op)
	case 8, 9, 10:
		return w.truncate(op)
	case 11, 12:
		w.m.Log().ApplyTo(w.m.Log().Status().Applied + uint64(op.Choice%3))
		return nil
	default:
		w.write(op)
		return nil
	}
}

// write writes a batch, with or without waiting for it. Nobody applies what is
// held back while this waits, so then it does not.
func (w *world) write(op operation) {
	if w.hold || op.Another%2 == 0 {
		w.submit(op)
		return
	}
	w.m.Write(op.batch()) // what it returns, the trace says too
	w.note()
}

func (w *world) submit(op operation) bool {
	_, err := w.m.Submit(op.batch())
	w.note()
	return err == nil
}

// note takes note of what the log knows to be durable.
func (w *world) note() {
	w.durable = max(w.durable, w.m.Log().Status().Synced)
}

func (w *world) sync() error {
	defer w.note()
	return w.m.Log().Sync()
}

// truncate truncates, where that is allowed and where it is not.
func (w *world) truncate(op operation) error {
	s := w.m.Log().Status()
	if s.Appended == 0 {
		return nil
	}
	index := 1 + uint64(op.Choice)%s.Appended
	if w.hold && op.Another%4 > 0 && s.Appended > s.Applied {
		index = s.Applied + 1 + uint64(op.Choice)%(s.Appended-s.Applied)
	}
	switch err := w.m.Log().TruncateFrom(index); {
	case errors.Is(err, wal.ErrApplied) && index <= s.Applied:
		return nil
	case err != nil:
		return err
	case index <= s.Applied:
		return fmt.Errorf("entry %d was truncated, though %d had been applied", index, s.Applied)
	}
	w.durable = min(w.durable, index-1)
	return nil
}

// fail lets a fault that was prepared happen, and starts again.
func (w *world) fail(op operation) error {
	for range 3 {
		w.submit(op)
	}
	w.m.Log().Sync() // it may fail or not, and the trace says which
	w.note()
	if err := w.crash(op); err != nil {
		return err
	}
	return w.open(op)
}

// crash ends the process, or the machine with it, and records what is left.
func (w *world) crash(op operation) error {
	if w.m != nil {
		w.note()
	}
	if w.crashes++; op.Choice%5 == 0 {
		w.disk.Kill()
	} else {
		w.disk.CrashRandomly(int64(op.Another)+w.crashes, disktest.Survival(op.Choice%5))
	}
	w.disk.LimitSpace(-1)
	if w.m == nil {
		return nil // it was not up yet
	}
	w.m = nil
	m, err := w.look()
	if err == nil {
		recordCrash(w.rec, m, false)
	}
	return err
}

func (w *world) look() (image, error) {
	f, err := w.disk.Open(file)
	if err != nil {
		return image{}, err
	}
	b, err := contents(f)
	if err != nil {
		return image{}, err
	}
	return look(b), nil
}

func (w *world) close() error {
	if err := w.m.Close(); err != nil {
		return err
	}
	w.m = nil
	return nil
}

// end closes the map, and now and then lets something rot in what was flushed:
// the log must not open then, and say where.
func (w *world) end(op operation) error {
	if err := w.sync(); err != nil {
		return err
	}
	if err := w.close(); err != nil {
		return err
	}
	index, err := w.rot(op)
	if err != nil || index == 0 {
		return err
	}
	for range 2 {
		err := w.open(op)
		var damage *wal.DamageError
		if !errors.As(err, &damage) || damage.Index != uint64(index) {
			return fmt.Errorf("entry %d is damaged, and opening the log said: %w", index, err)
		}
		w.disk.Kill()
		m, err := w.look()
		if err != nil {
			return err
		}
		recordCrash(w.rec, m, true)
	}
	return nil
}

// rot damages an entry that a later one knows to be flushed, and returns its
// index, or 0 if there is none.
func (w *world) rot(op operation) (int, error) {
	m, err := w.look()
	if err != nil {
		return 0, err
	}
	known := 0
	for _, s := range m.whole[:min(int(w.durable), len(m.whole))] {
		known = max(known, s.flushed)
	}
	if known == 0 {
		return 0, nil
	}
	s := m.whole[int(op.Choice)%known]
	at := s.offset + int64(op.Another)%(slotHeader+int64(len(s.payload)))
	if err := w.disk.Rot(file, at, 1<<(op.Kind%8)); err != nil {
		return 0, err
	}
	if m, err = w.look(); err != nil {
		return 0, err
	}
	w.rec.Step("Corrupt").String("node", node).Int("index", s.index).State(m)
	return s.index, nil
}
