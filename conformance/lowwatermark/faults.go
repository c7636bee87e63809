package lowwatermark

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/clock/clocktest"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/lowwatermark"
	"github.com/lockstep-tla/lockstep/trace"
)

const retention = time.Hour

// harness is a store on a disk in memory, and what goes wrong with them.
type harness struct {
	toolbox.Script
	rec     *trace.Recorder
	path    string
	disk    *disktest.Disk
	state   *words
	store   *lowwatermark.Store
	time    time.Duration // true time
	clock   *clocktest.Clock
	crashes int64
	answers *toolbox.Answers
}

// inHarness records what do does, and holds what callers were told against it.
func inHarness(run conformance.Run, scenario string, do func(*harness)) error {
	return toolbox.RecordAnswers(run, header(scenario, run.Seed), func(rec *trace.Recorder, answers *toolbox.Answers) error {
		h := &harness{rec: rec, answers: answers, disk: disktest.New(), path: run.Path}
		h.clock = clocktest.New(func() time.Duration { return h.time })
		do(h)
		return h.Err()
	})
}

// told notes what a method of the store has returned.
func (h *harness) told(what string, holds func(state *trace.Record) bool) {
	h.answers.Told(h.rec, node, what, holds)
}

// operation is one thing that happens in a run, as the fuzzer makes it.
type operation struct{ Kind, Choice, Another uint8 }

// faults does random things, most of them work.
func faults(ctx context.Context, run conformance.Run) error {
	return inHarness(run, "faults", func(h *harness) {
		h.Must(h.open())
		for _, op := range toolbox.Workload[operation](run.Seed, 25, 45) {
			if h.Must(ctx.Err()); h.Err() != nil {
				return
			}
			h.do(op)
		}
		h.look()
		h.Must(h.store.Close())
	})
}

// halt does the same work for all seeds, and stops the disk at an operation that depends on
// the seed.
func halt(_ context.Context, run conformance.Run) error {
	return inHarness(run, "halt", func(h *harness) {
		h.disk.HaltAfter(int(run.Seed) - 1)
		if h.open() == nil {
			h.work()
		}
		h.crash(operation{Choice: uint8(run.Seed / 3), Another: uint8(run.Seed)})
		if h.Must(h.open()); h.Err() != nil {
			return
		}
		h.look()
		h.Must(h.work())
		h.look()
		h.Must(h.store.Close())
	})
}

// work takes snapshots and lets segments be removed. It returns the first error.
func (h *harness) work() error {
	for range 3 {
		if err := h.append(2); err != nil {
			return err
		}
		if err := h.store.Snapshot(); err != nil {
			return err
		}
	}
	return nil
}

// open opens the store. A segment is full with two or three entries.
func (h *harness) open() (err error) {
	h.state = new(words)
	h.store, err = lowwatermark.Open(dir, h.state, lowwatermark.Options{
		SegmentSize: 110, Preallocate: []int64{-1, 70}[h.crashes%2], Retention: retention, Clock: h.clock,
		FS: h.disk, Trace: h.rec, Node: node,
	})
	if err == nil {
		h.told("Open has returned", func(state *trace.Record) bool { return state.String("mode") == "up" })
	}
	return err
}

// do does one thing.
func (h *harness) do(op operation) {
	holder, s := names[op.Another%2], h.store.Status()
	switch op.Kind % 20 {
	case 0:
		h.look()
		h.Must(h.store.Close())
		h.end()
		if op.Another%3 == 0 {
			h.rot(op)
		}
		h.Must(h.open())
	case 1:
		h.crash(op)
		h.Must(h.open())
	case 2:
		h.disk.FailSync(h.newest())
		h.fail(op)
	case 3:
		h.disk.LimitSpace(int64(op.Choice) % 200)
		h.fail(op)
	case 4:
		h.disk.HaltAfter(int(op.Another % 16))
		h.fail(op)
	case 5:
		h.disk.FailSync(dir)
		op.Choice = 5*(op.Choice/5%50) + 1 // the machine stops: what a failed flush of a folder has lost, no later one writes
		h.fail(op)
	case 6, 7:
		h.hold(holder, max(1, s.First-1+uint64(op.Choice)%5), s)
	case 8:
		h.Must(h.store.Release(holder))
	case 9:
		h.read(holder, s)
	case 10:
		h.transfer(holder, s)
	case 11:
		h.time += retention * time.Duration(op.Choice%3) / 2
		h.clock.Set(time.Duration(int8(op.Another)) * retention) // the wall clock jumps
		h.Must(h.store.Clean())
	case 12, 13, 14:
		h.Must(h.store.Snapshot())
		h.told("Snapshot has returned", func(state *trace.Record) bool {
			kept, _ := state.Value("snapshots").([]trace.Value)
			return len(kept) <= 2 && (s.Applied == 0 || len(kept) > 0 && trace.Equal(kept[len(kept)-1], int(s.Applied)))
		})
	case 15:
		h.look()
	default:
		h.Must(h.append(1 + int(op.Choice%2)))
	}
}

func (h *harness) append(n int) error {
	for range n {
		index, err := h.store.Append(0, []byte(at(h.store.Status().Applied+1)))
		if err != nil {
			return err
		}
		h.told("Append has returned", func(state *trace.Record) bool { return state.Uint("applied") == index })
	}
	return nil
}

// hold holds, where that is possible and where it is not.
func (h *harness) hold(holder string, from uint64, s lowwatermark.Status) {
	err := h.store.Hold(holder, from)
	switch {
	case from < s.First:
		h.Refused(err, lowwatermark.ErrDropped)
	case from > s.Applied+1:
		h.Refused(err, lowwatermark.ErrNoEntry)
	default:
		h.Must(err)
		h.told("Hold has returned", func(state *trace.Record) bool { return state.Record("holders").Uint(holder) == from })
	}
}

// read reads all entries that there are.
func (h *harness) read(holder string, s lowwatermark.Status) {
	next := s.First
	h.Must(h.store.Read(holder, next, func(e lowwatermark.Entry) error {
		if e.Index != next || string(e.Payload) != at(next) {
			return fmt.Errorf("entry %d is %q, read as entry %d", next, e.Payload, e.Index)
		}
		next++
		return nil
	}))
	h.Check(next == s.Applied+1, "%d of %d entries were read", next-1, s.Applied)
}

// transfer begins anew with the newest snapshot.
func (h *harness) transfer(holder string, s lowwatermark.Status) {
	index, state, err := h.store.Transfer(holder)
	if len(s.Snapshots) == 0 {
		h.Refused(err, lowwatermark.ErrNoSnapshot)
		return
	}
	h.Must(err)
	other := new(words)
	h.Must(other.Restore(state))
	h.Check(index == s.Snapshots[len(s.Snapshots)-1] && other.Size() == int(index) && other.Last() == at(index), "snapshot %d is %q", index, state)
	h.told("Transfer has returned", func(state *trace.Record) bool { return state.Record("holders").Uint(holder) == index+1 })
}

// look looks at the state, and at what the store says of itself.
func (h *harness) look() {
	s := h.store.Status()
	h.told("Status", func(state *trace.Record) bool {
		return state.Uint("first") == s.First && state.Uint("applied") == s.Applied &&
			s.Mark <= s.Applied && state.Int("segments") == s.Segments && len(state.Value("snapshots").([]trace.Value)) == len(s.Snapshots)
	})
	h.Must(h.store.Look(func(applied uint64) {
		h.Check(applied == s.Applied && h.state.Size() == int(applied), "there are %d entries in a state at %d", h.state.Size(), applied)
		for i, value := range h.state.all {
			h.Check(value == at(uint64(i)+1), "entry %d is %q", i+1, value)
		}
	}))
}

// fail lets a fault happen that was prepared, and starts again.
func (h *harness) fail(op operation) {
	expected := []error{lowwatermark.ErrPoisoned, disk.ErrNoSpace, disk.ErrIO, disktest.ErrCrashed}
	h.Allow(h.append(2), expected...)
	h.Allow(h.store.Snapshot(), expected...)
	h.Allow(h.append(1), expected...)
	h.Allow(h.store.Snapshot(), expected...)
	h.crash(op)
	h.Must(h.open())
}

// rot damages the newest snapshot, or the older one, if there are two.
func (h *harness) rot(op operation) {
	l, err := readStore(h.disk, dir)
	h.Must(err)
	if len(l.snapshots) < 2 {
		return
	}
	index := l.snapshots[op.Choice%2]
	h.Must(damage(h.disk, index))
	left, err := readStore(h.disk, dir)
	h.Must(err)
	h.rec.Step("Rot").String("node", node).Uint("index", index).State(left)
}

// end records the end of a process that was closed.
func (h *harness) end() {
	h.disk.Kill()
	h.Must(recordCrash(h.rec, h.path, h.disk, dir))
}

// crash ends the process, or the machine with it, and records what is left.
func (h *harness) crash(op operation) {
	h.crashes++
	last, err := toolbox.LastStep(h.path)
	if h.Must(err); last == nil { // the process has done nothing, which no crash can undo
		op.Choice = 0
	}
	h.disk.End(op.Choice, int64(op.Another)+h.crashes)
	h.Must(recordCrash(h.rec, h.path, h.disk, dir))
}

// newest is the newest file of the log, as it is now.
func (h *harness) newest() string {
	all, err := h.disk.List(filepath.Join(dir, "log"))
	h.Must(err)
	return filepath.Join(dir, "log", slices.Max(all))
}
