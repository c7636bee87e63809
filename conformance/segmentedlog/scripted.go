package segmentedlog

import (
	"context"
	"errors"
	"io"
	"path/filepath"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/segmentedlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// scripts are what the rules are there for, step by step and without chance. Run n is
// the nth of them.
var scripts = []func(*script){
	rolls, emptyNewest, halfMade, emptyRoll, unsealed, tooEarly, manySegments, missing, dropped, acknowledged,
	acrossSegments, readAhead, damaged, bitByBit,
}

// script is a core on a disk in memory, led by hand.
type script struct {
	toolbox.Script
	rec  *trace.Recorder
	path string
	disk *disktest.Disk
	core *segmentedlog.Core
}

func scripted(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("scripted", run.Seed), func(rec *trace.Recorder) error {
		s := &script{rec: rec, path: run.Path, disk: disktest.New()}
		s.lead(toolbox.Pick(scripts, run.Seed-1))
		return s.Err()
	})
}

// lead leads a script to its end, or to where the log does not open.
func (s *script) lead(script func(*script)) {
	defer func() {
		if stopped := recover(); stopped != nil && stopped != errStopped {
			panic(stopped)
		}
	}()
	s.start()
	script(s)
	if s.core != nil {
		s.rest()
	}
}

// at is what the entry with an index says, unless a script says otherwise.
func at(index uint64) string { return values[(index-1)%uint64(len(values))] }

// begin makes a new core, as a new process would.
func (s *script) begin() {
	s.core = segmentedlog.NewCore(segmentedlog.CoreConfig{FS: s.disk, Dir: dir, MaxEntry: 100, Trace: s.rec, Node: node})
}

// start opens the log. Where that fails, nothing can follow.
func (s *script) start() {
	s.begin()
	err := s.core.Recover()
	s.Must(err)
	if err != nil {
		panic(errStopped)
	}
}

// errStopped ends a script whose log does not open.
var errStopped = errors.New("the log does not open")

// add appends entries.
func (s *script) add(n int) {
	for range n {
		s.Must(s.core.AppendEntry(0, 0, []byte(at(s.core.Length()+1))))
	}
}

// put appends entries and acknowledges all.
func (s *script) put(n int) {
	if s.add(n); n == 0 {
		return
	}
	s.Must(s.core.Sync(s.core.Length()))
	for i := s.core.Acknowledged() + 1; i <= s.core.Synced(); i++ {
		s.Must(s.core.Acknowledge(i))
	}
}

func (s *script) roll() {
	s.Must(s.core.RollCreate())
	s.Must(s.core.RollSync())
	s.Must(s.core.RollSwitch())
}

// segments makes a segment of each size, in entries; the last one stays open.
func (s *script) segments(sizes ...int) {
	for i, n := range sizes {
		if i > 0 {
			s.roll()
		}
		s.put(n)
	}
}

// read reads entries, up to the last that is acknowledged, and with a reader of its own.
func (s *script) read(from uint64) {
	r := s.core.Reader(from)
	next := from
	for {
		e, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if s.Must(err); err != nil {
			break
		}
		s.Check(e.Index == next && string(e.Payload) == at(next), "entry %d is %q, read as entry %d", next, e.Payload, e.Index)
		next++
	}
	s.Must(r.Close())
	s.Check(next == s.core.Acknowledged()+1, "the reader has come to %d of %d", next-1, s.core.Acknowledged())
}

// crash ends process and machine, and keeps so much of what was not durable.
func (s *script) crash(keep map[string]int) {
	s.disk.Crash(keep)
	s.Must(recordCrash(s.rec, s.path, s.disk, dir))
}

// rest lets the log work on, so that whatever was done before shows.
func (s *script) rest() {
	s.put(1)
	s.roll()
	s.put(1)
	s.read(s.core.First())
	s.Must(s.core.Close())
	s.start()
	s.read(s.core.First())
}

// newest is the newest file, as it is now.
func (s *script) newest() string {
	all, err := s.disk.List(dir)
	s.Must(err)
	return filepath.Join(dir, all[len(all)-1])
}

// rolls: a reader that begins in a sealed segment comes to the open one.
func rolls(s *script) {
	s.segments(2, 1, 2)
	s.read(1)
	s.read(4)
	s.add(1)
	s.crash(nil)
	s.start()
}

// emptyNewest: the process ends behind a roll, before it appends anything.
func emptyNewest(s *script) {
	s.segments(2, 0)
	s.Check(s.core.Length() == 2, "there are %d entries", s.core.Length())
	s.crash(nil)
	s.start()
	s.put(2)
	s.read(1)
}

// halfMade: the machine stops between the creation of a file and its flush. Of the file
// there is nothing, the name, half of the header, or all.
func halfMade(s *script) {
	s.put(1)
	for keep := range 4 {
		s.Must(s.core.RollCreate())
		if keep > 1 {
			s.disk.FailSync(s.newest())
			s.Check(errors.Is(s.core.RollSync(), segmentedlog.ErrPoisoned), "a flush has failed")
		}
		s.crash(map[string]int{dir: min(keep, 1), s.newest(): []int{0, 0, 12, 24}[keep]})
		s.start()
		s.put(1)
		s.read(1)
	}
}

// emptyRoll: an empty segment is not full. The second try would have the same base.
func emptyRoll(s *script) {
	s.Refused(s.core.RollCreate(), segmentedlog.ErrNotAllowed)
	s.segments(1, 0)
	s.Refused(s.core.RollCreate(), segmentedlog.ErrNotAllowed)
}

// unsealed: what was appended is not flushed yet.
func unsealed(s *script) {
	s.put(1)
	s.add(1)
	s.Refused(s.core.RollCreate(), segmentedlog.ErrNotAllowed)
}

// tooEarly: the new file is not flushed yet. Until then the log takes no entry.
func tooEarly(s *script) {
	s.put(1)
	s.Must(s.core.RollCreate())
	s.Refused(s.core.RollSwitch(), segmentedlog.ErrNotAllowed)
	s.Refused(s.core.AppendEntry(0, 0, []byte("a")), segmentedlog.ErrNotAllowed)
	s.Must(s.core.RollSync())
	s.Must(s.core.RollSwitch())
}

// manySegments: as text, "10" is before "9".
func manySegments(s *script) {
	s.segments(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)
	s.read(8)
	s.Must(s.core.Close())
	s.start()
	s.read(1)
}

// missing: a segment between others is gone. It is said which, each time.
func missing(s *script) {
	s.segments(1, 1, 1, 1)
	s.Must(s.core.Close())
	names, err := s.disk.List(dir)
	s.Must(err)
	s.Must(s.disk.Remove(filepath.Join(dir, names[2])))
	s.Must(s.disk.SyncDir(dir))
	l, err := readLog(s.disk, dir)
	s.Must(err)
	s.rec.Step("Vanish").String("node", node).Int("number", 3).State(l)
	for range 2 {
		s.begin()
		var which *segmentedlog.MissingError
		err := s.core.Recover()
		s.Check(errors.As(err, &which) && which.Number == 3 && errors.Is(err, segmentedlog.ErrDamaged), "segment 3 is missing, and opening the log said: %v", err)
		s.crash(nil)
	}
	s.core = nil
}

// dropped: segments are removed at the beginning, beside a reader, as far as their
// entries are acknowledged.
func dropped(s *script) {
	s.segments(2, 1, 0)
	r := s.core.Reader(1)
	_, err := r.Read()
	s.Must(err)
	s.Must(s.core.DropOldest())
	_, err = r.Read()
	s.Refused(err, segmentedlog.ErrDropped)
	s.Must(r.Close())
	s.Must(s.core.DropOldest())
	s.Refused(s.core.DropOldest(), segmentedlog.ErrNotAllowed) // the open one
	s.add(1)
	s.Must(s.core.Sync(4))
	s.roll()
	s.Refused(s.core.DropOldest(), segmentedlog.ErrNotAllowed) // it is not acknowledged
	s.crash(nil)
	s.start()
}

// acknowledged: an acknowledged entry cannot be truncated.
func acknowledged(s *script) {
	s.put(2)
	s.add(1)
	s.Must(s.core.Sync(3))
	s.Refused(s.core.TruncateFrom(2), segmentedlog.ErrNotAllowed)
	s.Must(s.core.TruncateFrom(3))
	s.Must(s.core.Cut())
}

// acrossSegments: three segments are truncated, the newest first. Then the machine stops.
func acrossSegments(s *script) {
	s.put(1)
	for range 2 {
		s.add(2)
		s.Must(s.core.Sync(s.core.Length()))
		s.roll()
	}
	s.add(1)
	s.Refused(s.core.TruncateFrom(3), segmentedlog.ErrNotAllowed)
	s.Must(s.core.Sync(6))
	for _, from := range []uint64{6, 4, 3} {
		s.Must(s.core.TruncateFrom(from))
		s.Must(s.core.Cut())
		if from > 3 {
			s.Must(s.core.Unroll())
		}
	}
	s.read(1)
	s.put(1)
	s.crash(nil)
	s.start()
}

// readAhead: a reader has read more of a file than was acknowledged, and what it has read
// is truncated.
func readAhead(s *script) {
	s.put(1)
	s.Must(s.core.AppendEntry(0, 0, []byte("g")))
	s.Must(s.core.Sync(2))
	r := s.core.Reader(1)
	_, err := r.Read()
	s.Must(err)
	s.Must(s.core.TruncateFrom(2))
	s.Must(s.core.Cut())
	s.put(1)
	e, err := r.Read()
	s.Must(err)
	s.Check(string(e.Payload) == at(2), "the reader has found %q", e.Payload)
	s.Must(r.Close())
}

// damaged: a sealed segment is damaged. The log opens, and reading it says where.
func damaged(s *script) {
	s.segments(2, 1)
	names, err := s.disk.List(dir)
	s.Must(err)
	s.Must(s.disk.Rot(filepath.Join(dir, names[0]), fileHeader+recordHeader, 1))
	r := s.core.Reader(1)
	_, err = r.Read()
	s.Refused(err, segmentedlog.ErrDamaged)
	s.Must(r.Close())
	s.read(3)
	s.Must(s.core.DropOldest())
}

// bitByBit: recovery flushes one entry after the other, also those of a sealed segment.
func bitByBit(s *script) {
	s.segments(1, 2)
	s.crash(nil)
	s.begin()
	s.Must(s.core.Open())
	s.Refused(s.core.Serve(), segmentedlog.ErrNotAllowed)
	for i := uint64(1); i <= 3; i++ {
		s.Must(s.core.Sync(i))
	}
	s.Must(s.core.Serve())
	s.read(1)
}
