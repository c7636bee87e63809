package segmentedlog

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"unicode"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/segmentedlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// scripts are what the rules are there for, step by step and without chance. Run n is
// the nth of them. A capital letter begins the name of a step, with its argument. The word
// not stands before a step that the log must refuse. `put 2' appends two entries,
// flushes and acknowledges them, `add 2' appends them only; `segments 2 1' makes a segment
// of each size, of which the last stays open.
var scripts = []string{
	// A reader that begins in a sealed segment comes to the open one.
	`segments 2 1 2, read 1, read 4, add 1, crash, start`,
	// The process ends behind a roll, before it appends anything.
	`segments 2 0, length 2, crash, start, put 2, read 1`,
	// The machine stops between the creation of a file and its flush. Of the file there is
	// nothing, the name, half of the header, or all.
	`put 1, RollCreate, crash, start, put 1, read 1
	RollCreate, crash 1 0, start, put 1, read 1
	RollCreate, failing, crash 1 12, start, put 1, read 1
	RollCreate, failing, crash 1 24, start, put 1, read 1`,
	// An empty segment is not full. The second try would have the same base.
	`not RollCreate, segments 1 0, not RollCreate`,
	// What was appended is not flushed yet.
	`put 1, add 1, not RollCreate`,
	// The new file is not flushed yet. Until then the log takes no entry.
	`put 1, RollCreate, not RollSwitch, not AppendEntry a, RollSync, RollSwitch`,
	// As text, "10" is before "9".
	`segments 1 1 1 1 1 1 1 1 1 1 1, read 8, Close, start, read 1`,
	// A segment between others is gone. The log says which, each time that it is opened.
	`segments 1 1 1 1, Close, Vanish 3, missing 3, missing 3, over`,
	// Segments are removed at the beginning, beside a reader, but not the open one, nor one
	// that is not acknowledged.
	`segments 2 1 0, begin 1, next 1, DropOldest, dropped, DropOldest, not DropOldest
	add 1, Sync 4, roll, not DropOldest, crash, start`,
	// An acknowledged entry cannot be truncated.
	`put 2, add 1, Sync 3, not TruncateFrom 2, TruncateFrom 3, Cut`,
	// Three segments are truncated, the newest first. Then the machine stops.
	`put 1, add 2, Sync 3, roll, add 2, Sync 5, roll, add 1, not TruncateFrom 3, Sync 6
	TruncateFrom 6, Cut, Unroll, TruncateFrom 4, Cut, Unroll, TruncateFrom 3, Cut
	read 1, put 1, crash, start`,
	// A reader has read more of a file than was acknowledged, and what it has read is
	// truncated.
	`put 1, AppendEntry g, Sync 2, begin 1, next 1, TruncateFrom 2, Cut, put 1, next 2`,
	// A sealed segment is damaged. The log opens, and reading it says where.
	`segments 2 1, rot, begin 1, damaged, read 3, DropOldest`,
	// Recovery flushes one entry after the other, also those of a sealed segment.
	`segments 1 2, crash, Open, not Serve, Sync 1, Sync 2, Sync 3, Serve, read 1`,
}

// script is a core on a disk in memory, led by hand.
type script struct {
	toolbox.Script
	*system
	path   string
	reader *segmentedlog.Reader
	over   bool // the log does not open: nothing can follow
}

func scripted(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("scripted", run.Seed), func(rec *trace.Recorder) error {
		made, err := newLog(rec)
		if err != nil {
			return err
		}
		s := &script{system: made, path: run.Path}
		s.FollowSteps("start", segmentedlog.ErrNotAllowed, s.step)
		s.FollowSteps(toolbox.Pick(scripts, run.Seed-1), segmentedlog.ErrNotAllowed, s.step)
		s.FollowSteps("put 1, roll, put 1, read, Close, start, read", segmentedlog.ErrNotAllowed, s.step) // so that whatever was done shows
		return errors.Join(s.Err(), s.system.Close())
	})
}

// at is what the entry with an index says, unless a script says otherwise.
func at(index uint64) string { return values[(index-1)%uint64(len(values))] }

// step carries out one command.
func (s *script) step(words []string) error {
	n := append(toolbox.Numbers(words), 0, 0)
	switch {
	case s.over:
		return nil
	case unicode.IsUpper(rune(words[0][0])):
		return s.Do(words[0], map[string]trace.Value{
			"index": n[0], "upTo": n[0], "number": n[0], "value": words[len(words)-1],
		})
	}
	switch words[0] {
	case "add":
		return s.add(n[0])
	case "put":
		return s.put(n[0])
	case "segments":
		return s.segments(n[:len(words)-1])
	case "read":
		return s.read(max(uint64(n[0]), s.core.First()))
	case "length":
		s.Check(int(s.core.Length()) == n[0], "there are %d entries", s.core.Length())
	case "begin":
		s.reader = s.core.Reader(uint64(n[0]))
	case "next":
		e, err := s.reader.Read()
		s.Check(string(e.Payload) == at(uint64(n[0])), "the reader has found %q", e.Payload)
		return err
	case "dropped":
		s.Refused(toolbox.ErrOf(s.reader.Read()), segmentedlog.ErrDropped)
	case "damaged":
		s.Refused(toolbox.ErrOf(s.reader.Read()), segmentedlog.ErrDamaged)
	case "crash":
		return s.machineStops(n[0], n[1])
	case "missing":
		s.missing(uint64(n[0]))
	default:
		return toolbox.Command(words[0], map[string]func() error{
			"roll": s.roll, "start": s.start, "failing": s.failing, "rot": s.rot,
			"over": func() error { s.over = true; return nil },
		})
	}
	return nil
}

// start opens the log.
func (s *script) start() error {
	err := s.core.Recover()
	s.running, s.over = err == nil, err != nil
	return err
}

// add appends entries.
func (s *script) add(n int) (err error) {
	for range n {
		err = errors.Join(err, s.core.AppendEntry(0, 0, []byte(at(s.core.Length()+1))))
	}
	return err
}

// put appends entries and acknowledges all.
func (s *script) put(n int) error {
	err := s.add(n)
	if n > 0 {
		err = errors.Join(err, s.Do("Sync", map[string]trace.Value{"upTo": int(s.core.Length())}))
	}
	for i := s.core.Acknowledged() + 1; i <= s.core.Synced(); i++ {
		err = errors.Join(err, s.core.Acknowledge(i))
	}
	return err
}

func (s *script) roll() error {
	return errors.Join(s.core.RollCreate(), s.core.RollSync(), s.core.RollSwitch())
}

func (s *script) segments(sizes []int) (err error) {
	for i, n := range sizes {
		if i > 0 {
			err = errors.Join(err, s.roll())
		}
		err = errors.Join(err, s.put(n))
	}
	return err
}

// read reads entries, up to the last that is acknowledged, and with a reader of its own.
func (s *script) read(from uint64) error {
	r := s.core.Reader(from)
	next := from
	e, err := r.Read()
	for ; err == nil; e, err = r.Read() {
		s.Check(e.Index == next && string(e.Payload) == at(next), "entry %d is %q, read as entry %d", next, e.Payload, e.Index)
		next++
	}
	s.Check(next == s.core.Acknowledged()+1, "the reader has come to %d of %d", next-1, s.core.Acknowledged())
	return errors.Join(toolbox.Allow(err, io.EOF), r.Close())
}

// machineStops ends process and machine. Of what was not durable it keeps so many names, and
// so many bytes of the newest file.
func (s *script) machineStops(names, bytes int) error {
	s.disk.Crash(map[string]int{dir: names, s.newest(): bytes})
	return errors.Join(recordCrash(s.rec, s.path, s.disk, dir), toolbox.Allow(s.restart(), disktest.ErrCrashed))
}

// failing lets the flush of a new segment fail.
func (s *script) failing() error {
	s.disk.FailSync(s.newest())
	s.Refused(s.core.RollSync(), segmentedlog.ErrPoisoned)
	return nil
}

// rot damages the first entry of the oldest segment.
func (s *script) rot() error {
	f, err := ReadFiles(s.disk, dir)
	if err != nil {
		return err
	}
	return s.disk.Rot(filepath.Join(dir, f.Names[0]), logs.FileHeader+logs.RecordHeader, 1)
}

// missing opens the log, which says which segment is missing, and stops the machine.
func (s *script) missing(number uint64) {
	var which *segmentedlog.MissingError
	err := s.core.Recover()
	s.Check(errors.As(err, &which) && which.Number == number && errors.Is(err, segmentedlog.ErrDamaged),
		"segment %d is missing, and opening the log said: %v", number, err)
	s.Must(s.machineStops(0, 0))
}

// newest is the newest file, as it is now.
func (s *script) newest() string {
	all, err := s.disk.List(dir)
	s.Must(err)
	return filepath.Join(dir, all[len(all)-1])
}
