package segmentedlog

import (
	"context"
	"errors"
	"math"
	"path/filepath"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/segmentedlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// harness is a log on a disk in memory, and what goes wrong with them.
type harness struct {
	toolbox.Script
	rec     *trace.Recorder
	path    string
	disk    *disktest.Disk
	log     *segmentedlog.Log
	crashes int64
	answers *toolbox.Answers
}

// inHarness records what do does, and holds what callers were told against it.
func inHarness(run conformance.Run, scenario string, do func(*harness)) error {
	return toolbox.RecordAnswers(run, header(scenario, run.Seed), func(rec *trace.Recorder, answers *toolbox.Answers) error {
		h := &harness{disk: disktest.New(), path: run.Path}
		h.rec, h.answers = rec, answers
		do(h)
		return h.Err()
	})
}

// told notes what a method of the log has returned.
func (h *harness) told(what string, holds func(state *trace.Record) bool) {
	h.answers.Told(h.rec, node, what, holds)
}

// faults does random things, most of them work.
func faults(ctx context.Context, run conformance.Run) error {
	return inHarness(run, "faults", func(h *harness) {
		h.Must(h.open())
		for _, op := range workload(run.Seed, 25, 45) {
			if h.Must(ctx.Err()); h.Err() != nil {
				return
			}
			h.do(op)
		}
		h.Must(h.log.Commit(math.MaxUint64))
		h.Must(h.log.Sync())
		h.look()
		h.close()
	})
}

// halt does the same work for all seeds, and stops the disk at an operation that depends
// on the seed.
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
		h.close()
	})
}

// work rolls, removes and truncates. It returns the first error.
func (h *harness) work() (err error) {
	next := h.log.Status().Appended
	try := func(do func() error) {
		if err == nil {
			err = do()
		}
	}
	for range 3 {
		try(func() error { return h.append(3) })
		next += 3
		try(func() error { return h.log.Commit(next - 2) })
		try(func() error { return h.log.Sync() })
	}
	try(func() error { return h.log.TruncateFrom(next - 1) })
	try(func() error { return h.append(4) })
	try(func() error { return h.log.Sync() })
	try(func() error { return h.log.Commit(math.MaxUint64) })
	try(h.readAll)
	try(func() error { return h.log.DropBefore(next - 2) })
	return err
}

// readAll reads what may be removed next: an entry that is removed unread says nothing.
func (h *harness) readAll() error {
	for _, err := range h.log.Entries(h.log.Status().First) {
		if err != nil {
			return err
		}
	}
	return nil
}

// open opens the log. A segment is full with two or three entries.
func (h *harness) open() (err error) {
	h.log, err = segmentedlog.Open(dir, segmentedlog.Options{
		SegmentSize: 110, MaxBuffer: 150, Preallocate: []int64{-1, 70}[h.crashes%2], Hold: true,
		FS: h.disk, Trace: h.rec, Node: node,
	})
	if err == nil {
		h.told("Open has returned", func(state *trace.Record) bool { return state.String("mode") == "up" })
	}
	return err
}

// do does one thing.
func (h *harness) do(op operation) {
	s := h.log.Status()
	if kind := op.Kind % 20; kind >= 3 && kind <= 6 || kind == 9 {
		h.Must(h.readAll())
	}
	switch op.Kind % 20 {
	case 0:
		h.look()
		h.close()
		h.Must(h.open())
	case 1, 2:
		h.crash(op)
		h.Must(h.open())
	case 3:
		h.disk.FailSync(h.newest())
		h.fail(op)
	case 4:
		h.disk.ShortWrite(h.newest(), int(op.Choice)%60)
		h.fail(op)
	case 5:
		h.disk.LimitSpace(int64(op.Choice) % 64)
		h.fail(op)
	case 6:
		h.disk.HaltAfter(int(op.Another % 12))
		h.fail(op)
	case 7, 8:
		h.truncate(1 + uint64(op.Choice)%(s.Appended+1))
	case 9:
		h.Must(h.log.DropBefore(s.First + uint64(op.Choice)%8))
	case 10, 11, 12:
		h.Must(h.log.Commit(s.Acknowledged + uint64(op.Choice)%4))
	case 13:
		h.Must(h.log.Roll())
	case 14:
		h.look()
	case 15, 16:
		h.Must(h.log.Sync())
		h.told("Sync has returned", func(state *trace.Record) bool { return state.Uint("synced") == state.Uint("length") })
	default:
		h.Must(h.append(1 + int(op.Choice%2)))
	}
}

func (h *harness) append(n int) error {
	for range n {
		t, err := h.log.Submit(0, []byte(at(h.log.Status().Appended+1)))
		if err != nil {
			return err
		}
		h.told("Submit's index", func(state *trace.Record) bool { return state.Uint("length") == t.Index })
	}
	return nil
}

// truncate truncates, where that is allowed and where it is not.
func (h *harness) truncate(index uint64) {
	err := h.log.TruncateFrom(index)
	if index <= h.log.Status().Acknowledged {
		h.Refused(err, segmentedlog.ErrAcknowledged)
		return
	}
	h.Must(err)
	h.told("TruncateFrom has returned", func(state *trace.Record) bool {
		return state.Uint("length") <= index-1 && !state.Bool("torn")
	})
}

// look reads everything, and what the log says of itself.
func (h *harness) look() {
	s := h.log.Status()
	h.told("Status", func(state *trace.Record) bool {
		return state.Uint("length") == s.Appended && state.Uint("synced") == s.Synced &&
			state.Uint("acked") == s.Acknowledged && state.Int("count") == s.Segments
	})
	next := s.First
	for e, err := range h.log.Entries(s.First) {
		if h.Must(err); err != nil {
			return
		}
		h.Check(e.Index == next && string(e.Payload) == at(next), "entry %d is %q, read as entry %d", next, e.Payload, e.Index)
		next++
	}
	h.Check(next == s.Acknowledged+1, "%d of %d entries were read", next-1, s.Acknowledged)
	for _, err := range h.log.Entries(s.First - 1) {
		h.Check(s.First == 1 || errors.Is(err, segmentedlog.ErrDropped), "reading what was dropped: %v", err)
		break
	}
}

func (h *harness) close() {
	h.Must(h.log.Close())
	h.told("Close has returned", func(state *trace.Record) bool { return state.String("mode") == "down" })
}

// fail lets a fault happen that was prepared, and starts again.
func (h *harness) fail(op operation) {
	h.Allow(errors.Join(h.append(2), h.log.Sync()), segmentedlog.ErrPoisoned)
	h.Allow(errors.Join(h.append(2), h.log.Sync()), segmentedlog.ErrPoisoned)
	if op.Choice%2 == 0 {
		s := h.log.Status()
		h.Allow(h.log.TruncateFrom(s.Acknowledged+1), segmentedlog.ErrPoisoned)
		h.Allow(h.log.DropBefore(s.Acknowledged), segmentedlog.ErrPoisoned)
	}
	h.crash(op)
	h.Must(h.open())
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

// newest is the newest file, as it is now.
func (h *harness) newest() string {
	all, err := h.disk.List(dir)
	h.Must(err)
	return filepath.Join(dir, all[len(all)-1])
}
