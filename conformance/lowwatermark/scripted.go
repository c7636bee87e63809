package lowwatermark

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/lowwatermark"
	"github.com/lockstep-tla/lockstep/trace"
)

// scripts are what the rules are there for, step by step and without chance. Run n is the
// nth of them.
var scripts = []func(*script){
	shorter, unflushed, behindTheLog, unwritten, cutShort, twoAreKept, olderOne, slowHolder, goneForHolder, oldEntries,
	newerDamaged, allDamaged, oneByOne, discarded,
}

// script is a core on a disk in memory, led by hand.
type script struct {
	toolbox.Script
	rec  *trace.Recorder
	path string
	disk *disktest.Disk
	core *lowwatermark.Core
}

func scripted(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("scripted", run.Seed), func(rec *trace.Recorder) error {
		s := &script{rec: rec, path: run.Path, disk: disktest.New()}
		s.start()
		toolbox.Pick(scripts, run.Seed-1)(s)
		if s.core != nil {
			s.rest()
		}
		return s.Err()
	})
}

// begin makes a new core, as a new process would.
func (s *script) begin() {
	core, err := newCore(s.disk, s.rec)
	s.Must(err)
	s.core = core
}

func (s *script) start() {
	s.begin()
	s.Must(s.core.Recover())
}

// add appends entries.
func (s *script) add(n int) {
	for range n {
		s.Must(s.core.AppendEntry(0, 0, []byte(at(s.core.Length()+1))))
	}
}

// put appends entries and applies all.
func (s *script) put(n int) {
	s.add(n)
	s.Must(s.core.Sync(s.core.Length()))
	for s.core.Applied() < s.core.Length() && s.Err() == nil {
		s.Must(s.core.Apply(s.core.Applied() + 1))
	}
}

// segments are n segments of one entry each, the last of which is open.
func (s *script) segments(n int) {
	for i := range n {
		if i > 0 {
			s.Must(s.core.Roll())
		}
		s.put(1)
	}
}

// snapshot takes a snapshot, and does not remove any.
func (s *script) snapshot() {
	s.Must(s.core.TakeSnapshot())
	s.Must(s.core.FlushSnapshot())
	s.Must(s.core.KeepSnapshot())
}

// snapshots are n segments of one entry each, with a snapshot behind each entry.
func (s *script) snapshots(n int) {
	for i := range n {
		if i > 0 {
			s.Must(s.core.Roll())
		}
		s.put(1)
		s.snapshot()
	}
}

// clean removes what is not needed.
func (s *script) clean() {
	for index := s.core.Removable(); index > 0 && s.Err() == nil; index = s.core.Removable() {
		s.Must(s.core.RemoveSnapshot(index))
	}
	for s.core.CanDrop() && s.Err() == nil {
		s.Must(s.core.DropOldest())
	}
}

// crash ends process and machine, and keeps this much of what was not durable.
func (s *script) crash(keep map[string]int) {
	s.disk.Crash(keep)
	s.Must(recordCrash(s.rec, s.path, s.disk, dir))
}

// restart crashes and starts again.
func (s *script) restart() {
	s.crash(nil)
	s.start()
}

// rot damages a snapshot of a store that is down.
func (s *script) rot(index int) {
	s.Must(damage(s.disk, uint64(index)))
	l, err := readStore(s.disk, dir)
	s.Must(err)
	s.rec.Step("Rot").String("node", node).Int("index", index).State(l)
}

// rest lets the store work on, so that whatever was done before shows.
func (s *script) rest() {
	for range 2 {
		s.put(1)
		s.Must(s.core.Roll())
		if s.core.Taking() == nil {
			s.snapshot()
		}
		s.clean()
	}
	s.restart()
	s.put(1)
}

// shorter: snapshots replace the log's beginning, and recovery needs no more than they and
// the rest.
func shorter(s *script) {
	s.segments(2)
	s.snapshot()
	s.Must(s.core.Roll())
	s.put(2)
	s.snapshot()
	s.Refused(s.core.TakeSnapshot(), lowwatermark.ErrNotAllowed) // there is nothing new
	s.clean()
	s.Check(s.core.First() == 3, "the log begins with %d", s.core.First())
	s.add(1)
	s.restart()
	s.Check(s.core.Applied() == 4, "%d entries are in the state", s.core.Applied())
	s.Refused(s.core.Serve(), lowwatermark.ErrNotAllowed)
}

// unflushed: an entry is not durable, and so not for the state.
func unflushed(s *script) {
	s.put(1)
	s.add(1)
	s.Refused(s.core.Apply(2), lowwatermark.ErrNotAllowed)
	s.restart()
	s.snapshot()
}

// behindTheLog: the state is behind its log when the snapshot is taken.
func behindTheLog(s *script) {
	s.put(1)
	s.add(2)
	s.Must(s.core.Sync(3))
	s.snapshot()
	s.restart()
	s.Check(s.core.Applied() == 3, "%d entries are in the state", s.core.Applied())
}

// unwritten: a snapshot's file is not known to be durable.
func unwritten(s *script) {
	s.put(1)
	s.Must(s.core.TakeSnapshot())
	s.Refused(s.core.TakeSnapshot(), lowwatermark.ErrNotAllowed)
	s.Must(s.core.Taking().Write())
	s.Refused(s.core.KeepSnapshot(), lowwatermark.ErrNotAllowed)
	s.Must(s.core.Written(nil))
	s.Refused(s.core.FlushSnapshot(), lowwatermark.ErrNotAllowed)
	s.Must(s.core.KeepSnapshot())
	s.Refused(s.core.KeepSnapshot(), lowwatermark.ErrNotAllowed)
}

// cutShort: the machine stops before the rename, behind it, and while the file is written.
func cutShort(s *script) {
	for _, keep := range []int{0, 1} {
		s.put(1)
		s.Must(s.core.TakeSnapshot())
		s.Must(s.core.FlushSnapshot())
		s.disk.FailSync(dir)
		s.Check(errors.Is(s.core.KeepSnapshot(), lowwatermark.ErrPoisoned), "a flush of the folder has failed")
		s.crash(map[string]int{dir: 3 * keep})
		s.start()
	}
	s.put(1)
	s.Must(s.core.TakeSnapshot())
	from, _ := temporaryAndName(s.core.Taking().Index())
	s.disk.FailSync(from)
	s.Check(s.core.FlushSnapshot() != nil, "a flush of the file has failed")
	s.crash(map[string]int{dir: 1, from: 30})
	s.start()
	left, err := s.disk.List(dir)
	s.Must(err)
	s.Check(!slices.ContainsFunc(left, func(name string) bool { return strings.HasSuffix(name, ".tmp") }), "there are %q", left)
}

// twoAreKept: of two snapshots either may be damaged, so neither goes.
func twoAreKept(s *script) {
	s.snapshots(2)
	s.Refused(s.core.RemoveSnapshot(1), lowwatermark.ErrNotAllowed)
	s.Refused(s.core.RemoveSnapshot(2), lowwatermark.ErrNotAllowed)
	s.Must(s.core.Roll())
	s.put(1)
	s.snapshot()
	s.Refused(s.core.RemoveSnapshot(2), lowwatermark.ErrNotAllowed)
	s.Must(s.core.RemoveSnapshot(1))
	s.Refused(s.core.RemoveSnapshot(1), lowwatermark.ErrNotAllowed)
}

// olderOne: the older snapshot says where the log must begin, and the segment with the
// next entry stays.
func olderOne(s *script) {
	s.snapshots(1)
	s.Refused(s.core.DropOldest(), lowwatermark.ErrNotAllowed) // the only segment
	s.Must(s.core.Roll())
	s.Refused(s.core.DropOldest(), lowwatermark.ErrNotAllowed) // there is one snapshot
	s.put(1)
	s.snapshot()
	s.Must(s.core.Roll())
	s.put(1)
	s.Must(s.core.DropOldest())
	s.Refused(s.core.DropOldest(), lowwatermark.ErrNotAllowed) // it has entry 2
	s.restart()
}

// slowHolder: the slowest of two holders keeps the log.
func slowHolder(s *script) {
	s.snapshots(3)
	s.Must(s.core.Hold(names[0], 2))
	s.Must(s.core.Hold(names[1], 1))
	s.Refused(s.core.Hold(names[1], 5), lowwatermark.ErrNotAllowed)
	s.Refused(s.core.DropOldest(), lowwatermark.ErrNotAllowed)
	s.Must(s.core.Release(names[1]))
	s.Refused(s.core.Release(names[1]), lowwatermark.ErrNotAllowed)
	s.Must(s.core.DropOldest())
	s.Refused(s.core.DropOldest(), lowwatermark.ErrNotAllowed)
	s.clean()
	s.Must(s.core.Hold(names[0], 4))
	s.clean()
}

// goneForHolder: a holder comes too late.
func goneForHolder(s *script) {
	s.snapshots(3)
	s.clean()
	s.Refused(s.core.Hold(names[0], 1), lowwatermark.ErrNotAllowed)
	s.Must(s.core.Hold(names[0], 3))
}

// oldEntries: the retention time overrides a holder, and no snapshot.
func oldEntries(s *script) {
	s.snapshots(2)
	s.Must(s.core.Roll())
	s.put(1)
	s.Must(s.core.Hold(names[0], 1))
	s.Refused(s.core.DropOldest(), lowwatermark.ErrNotAllowed) // it is held, and not old
	s.Must(s.core.Age(1))
	s.Refused(s.core.Age(1), lowwatermark.ErrNotAllowed)
	s.Refused(s.core.Age(4), lowwatermark.ErrNotAllowed)
	s.Must(s.core.DropOldest())
	s.Must(s.core.Age(2))
	s.Refused(s.core.DropOldest(), lowwatermark.ErrNotAllowed) // the older snapshot needs it
	s.snapshot()
	s.clean()
	s.Check(s.core.First() == 3, "the log begins with %d", s.core.First())
}

// newerDamaged: the newer of two snapshots is damaged.
func newerDamaged(s *script) {
	s.snapshots(3)
	s.clean()
	s.crash(nil)
	s.rot(3)
	s.start()
	s.Check(s.core.Applied() == 3, "%d entries are in the state", s.core.Applied())
}

// allDamaged: both are, and the log does not reach back. Opening the store says so, each
// time.
func allDamaged(s *script) {
	s.snapshots(3)
	s.clean()
	s.crash(nil)
	s.rot(2)
	s.rot(3)
	for range 2 {
		s.begin()
		s.Refused(s.core.Recover(), lowwatermark.ErrDamaged)
		s.crash(nil)
	}
	s.core = nil
}

// oneByOne: recovery applies one entry after the other, and serves when it has all.
func oneByOne(s *script) {
	s.segments(2)
	s.crash(nil)
	s.begin()
	s.Must(s.core.Open())
	s.Refused(s.core.Serve(), lowwatermark.ErrNotAllowed)
	s.Refused(s.core.AppendEntry(0, 0, []byte("a")), lowwatermark.ErrNotAllowed)
	s.Must(s.core.Apply(1))
	s.Must(s.core.Apply(2))
	s.Must(s.core.Serve())
}

// discarded: the disk is full, and later it is not.
func discarded(s *script) {
	s.put(2)
	s.Must(s.core.TakeSnapshot())
	s.disk.LimitSpace(5)
	s.Check(s.core.FlushSnapshot() != nil, "the disk is full")
	s.disk.LimitSpace(-1)
	s.Must(s.core.DiscardSnapshot())
	s.Refused(s.core.DiscardSnapshot(), lowwatermark.ErrNotAllowed)
	s.snapshot()
}
