package lowwatermark

import (
	"errors"
	"path/filepath"
	"slices"
	"time"

	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/impl/environment/clock/clocktest"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/lowwatermark"
	"github.com/lockstep-tla/lockstep/trace"
)

const retention = time.Hour

// subject is a store on a disk in memory, which goes wrong.
type subject struct {
	*logs.Harness
	state *words
	store *lowwatermark.Store
	time  time.Duration // true time
	clock *clocktest.Clock

	before uint64 // the index before the first update
}

var subjects = logs.Subjects{
	Header: header, Node: node, Folder: dir, Left: recordCrash,
	Create: func(h *logs.Harness) logs.Subject {
		s := &subject{Harness: h}
		s.clock = clocktest.New(func() time.Duration { return s.time })
		return s
	},
}

// Work takes snapshots and lets segments be removed.
func (s *subject) Work() error {
	work := []func() error{func() error { return s.append(2) }, s.store.Snapshot}
	return logs.InTurn(slices.Concat(work, work, work)...)
}

// Open opens the store. A segment is full with two or three entries.
func (s *subject) Open() (err error) {
	s.state = &words{before: s.before}
	s.store, err = lowwatermark.Open(dir, s.state, lowwatermark.Options{
		SegmentSize: 110, Preallocate: []int64{-1, 70}[s.Crashes%2], Retention: retention, Clock: s.clock,
		FS: s.Disk, Trace: s.Rec, Node: node,
	})
	return err
}

// Settle removes what is not needed.
func (s *subject) Settle() error { return s.store.Clean() }

// Close closes the store.
func (s *subject) Close() { s.Must(s.store.Close()) }

// Do does one thing.
func (s *subject) Do(op logs.Operation) {
	holder, now := names[op.Another%2], s.store.Status()
	switch op.Kind % 20 {
	case 0:
		s.Look()
		s.Close()
		s.End(logs.Operation{}) // of a process that has closed its store
		if op.Another%3 == 0 {
			s.rot(op)
		}
		s.Must(s.Start())
	case 1:
		s.Crash(op)
	case 2, 3, 4:
		all, err := s.Disk.List(filepath.Join(dir, "log"))
		s.Must(err)
		s.Prepare(op, filepath.Join(dir, "log", slices.Max(all)))
		s.fail(op)
	case 5:
		s.Disk.FailSync(dir)
		op.Choice = 5*(op.Choice/5%50) + 1 // the machine stops: what a failed flush of a folder has lost, no later one writes
		s.fail(op)
	case 6, 7:
		s.hold(holder, max(1, now.First-1+uint64(op.Choice)%5), now)
	case 8:
		s.Must(s.store.Release(holder))
	case 9:
		s.read(holder, now)
	case 10:
		s.transfer(holder, now)
	case 11:
		s.time += retention * time.Duration(op.Choice%3) / 2
		s.clock.Set(time.Duration(int8(op.Another)) * retention) // the wall clock jumps
		s.Must(s.store.Clean())
	case 12, 13, 14:
		s.Must(s.store.Snapshot())
		s.Told("Snapshot has returned", func(state *trace.Record) bool {
			kept, _ := state.Value("snapshots").([]trace.Value)
			return len(kept) <= 2 && (now.Applied == 0 || len(kept) > 0 && trace.Equal(kept[len(kept)-1], int(s.Rec.Counted(now.Applied))))
		})
	case 15:
		s.Look()
	default:
		s.Must(s.append(1 + int(op.Choice%2)))
	}
}

func (s *subject) append(n int) error {
	for range n {
		index, err := s.store.Append(0, []byte(logs.At(max(s.before, s.store.Status().Applied)+1)))
		if err != nil {
			return err
		}
		s.Told("Append has returned", toolbox.Shows("applied", int(s.Rec.Counted(index))))
	}
	return nil
}

// hold holds, where that is possible and where it is not.
func (s *subject) hold(holder string, from uint64, now lowwatermark.Status) {
	err := s.store.Hold(holder, from)
	switch {
	case from < now.First:
		s.Refused(err, lowwatermark.ErrDropped)
	case from > now.Applied+1:
		s.Refused(err, lowwatermark.ErrNoEntry)
	default:
		s.Must(err)
		s.Told("Hold has returned", func(state *trace.Record) bool { return state.Record("holders").Uint(holder) == s.Rec.Counted(from) })
	}
}

// read reads all entries that there are.
func (s *subject) read(holder string, now lowwatermark.Status) {
	next := now.First
	s.Must(s.store.Read(holder, next, func(e lowwatermark.Entry) error {
		next++
		return logs.IsAt(next-1, e)
	}))
	s.Check(next == now.Applied+1, "%d of %d entries were read", next-1, now.Applied)
}

// transfer begins anew with the newest snapshot.
func (s *subject) transfer(holder string, now lowwatermark.Status) {
	index, state, err := s.store.Transfer(holder)
	if len(now.Snapshots) == 0 {
		s.Refused(err, lowwatermark.ErrNoSnapshot)
		return
	}
	other, size := &words{before: s.before}, int(s.Rec.Counted(index))
	s.Must(errors.Join(err, other.Restore(state), other.check(size)))
	s.Check(index == now.Snapshots[len(now.Snapshots)-1] && other.Size() == size, "snapshot %d is %q", index, state)
	s.Told("Transfer has returned", func(state *trace.Record) bool { return state.Record("holders").Uint(holder) == s.Rec.Counted(index+1) })
}

// Look looks at the state, and at what the store says of itself.
func (s *subject) Look() {
	now, counted := s.store.Status(), s.Rec.Counted
	s.Told("Status", func(state *trace.Record) bool {
		return state.Uint("first") == counted(now.First) && state.Uint("applied") == counted(now.Applied) &&
			now.Mark <= now.Applied && state.Int("segments") == now.Segments && len(state.Value("snapshots").([]trace.Value)) == len(now.Snapshots)
	})
	s.Must(s.store.Look(func(applied uint64) {
		s.Check(applied == now.Applied && s.state.Size() == int(counted(applied)), "there are %d entries in a state at %d", s.state.Size(), applied)
		s.Must(s.state.check(s.state.Size()))
	}))
}

// fail lets a fault happen that was prepared, and starts again.
func (s *subject) fail(op logs.Operation) {
	expected := []error{lowwatermark.ErrPoisoned, disk.ErrNoSpace, disk.ErrIO, disktest.ErrCrashed}
	for _, n := range []int{2, 1} {
		s.Allow(s.append(n), expected...)
		s.Allow(s.store.Snapshot(), expected...)
	}
	s.Crash(op)
}

// rot damages the newest snapshot, or the older one, if there are two.
func (s *subject) rot(op logs.Operation) {
	l, err := readStore(s.Disk, dir)
	if s.Must(err); len(l.snapshots) == 2 {
		s.Must(recordRot(s.Rec, s.Disk, l.snapshots[op.Choice%2]))
	}
}
