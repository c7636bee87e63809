package lowwatermark

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/lowwatermark"
	"github.com/lockstep-tla/lockstep/trace"
)

// scripts are what the rules are there for, step by step and without chance. Run n is the
// nth of them. A capital letter begins the name of a step, with its argument. The word not
// stands before a step that the store must refuse. `put 2' appends two entries, flushes and
// applies them, `add 2' appends them only; `segments 3' makes three segments of one entry
// each, of which the last stays open, and `snapshots 3' with a snapshot behind each entry.
var scripts = []string{
	// Snapshots replace the log's beginning, and recovery needs no more than they and the
	// rest. There is no snapshot without anything new.
	`segments 2, snapshot, Roll, put 2, snapshot, not TakeSnapshot, clean, first 3
	add 1, crash, start, applied 4, not Serve`,
	// An entry is not durable, and so not for the state.
	`put 1, add 1, not Apply 2, crash, start, snapshot`,
	// The state is behind its log when the snapshot is taken.
	`put 1, add 2, Sync 3, snapshot, crash, start, applied 3`,
	// A snapshot's file is not known to be durable.
	`put 1, TakeSnapshot, not TakeSnapshot, write, not KeepSnapshot, written, not FlushSnapshot
	KeepSnapshot, not KeepSnapshot`,
	// The machine stops before the rename, behind it, and while the file is written.
	`put 1, TakeSnapshot, FlushSnapshot, failing name, crash, start
	put 1, TakeSnapshot, FlushSnapshot, failing name, crash 3, start
	put 1, TakeSnapshot, failing file, crash 1 30, start, tidy`,
	// Of two snapshots either may be damaged, so neither goes.
	`snapshots 2, not RemoveSnapshot 1, not RemoveSnapshot 2, Roll, put 1, snapshot
	not RemoveSnapshot 2, RemoveSnapshot 1, not RemoveSnapshot 1`,
	// The older snapshot says where the log must begin, and the segment with the next entry
	// stays. So does the only segment, and the log behind a single snapshot.
	`snapshots 1, not DropOldest, Roll, not DropOldest, put 1, snapshot, Roll, put 1
	DropOldest, not DropOldest, crash, start`,
	// The slowest of two holders keeps the log.
	`snapshots 3, Hold 2 follower, Hold 1 reader, not Hold 5 reader, not DropOldest
	Release reader, not Release reader, DropOldest, not DropOldest, clean, Hold 4 follower, clean`,
	// A holder comes too late.
	`snapshots 3, clean, not Hold 1 follower, Hold 3 follower`,
	// The retention time overrides a holder, and no snapshot.
	`snapshots 2, Roll, put 1, Hold 1 follower, not DropOldest, Age 1, not Age 1, not Age 4, DropOldest
	Age 2, not DropOldest, snapshot, clean, first 3`,
	// The newer of two snapshots is damaged.
	`snapshots 3, clean, crash, rot 3, start, applied 3`,
	// Both are, and the log does not reach back. Opening the store says so, each time.
	`snapshots 3, clean, crash, rot 2, rot 3, refused, refused, over`,
	// Recovery applies one entry after the other, and serves when it has all.
	`segments 2, crash, Open, not Serve, not AppendEntry a, Apply 1, Apply 2, Serve`,
	// The disk is full, and later it is not.
	`put 2, TakeSnapshot, failing space, DiscardSnapshot, not DiscardSnapshot, snapshot`,
}

// ending lets the store work on, so that whatever was done before shows.
const ending = "put 1, Roll, anew, clean, put 1, Roll, anew, clean, crash, start, put 1"

// script is a core on a disk in memory, led by hand.
type script struct {
	toolbox.Script
	*system
	path string
	over bool // the store does not open: nothing can follow
}

func scripted(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("scripted", run.Seed), func(rec *trace.Recorder) error {
		made, err := newStore(rec)
		if err != nil {
			return err
		}
		s := &script{system: made, path: run.Path}
		for _, text := range []string{"start", toolbox.Pick(scripts, run.Seed-1), ending} {
			s.FollowSteps(text, lowwatermark.ErrNotAllowed, s.step)
		}
		return errors.Join(s.Err(), s.system.Close())
	})
}

// step carries out one command.
func (s *script) step(words []string) error {
	n := append(toolbox.Numbers(words), 0, 0)
	switch {
	case s.over:
		return nil
	case unicode.IsUpper(rune(words[0][0])):
		last := words[len(words)-1]
		return s.Do(words[0], map[string]trace.Value{"index": n[0], "upTo": n[0], "value": last, "holder": last})
	}
	switch words[0] {
	case "add":
		return s.add(n[0])
	case "put":
		return s.put(n[0])
	case "segments", "snapshots":
		return s.segments(n[0], words[0] == "snapshots")
	case "first":
		s.Check(s.core.First() == uint64(n[0]), "the log begins with %d", s.core.First())
	case "applied":
		s.Check(s.core.Applied() == uint64(n[0]), "%d entries are in the state", s.core.Applied())
	case "crash":
		return s.machineStops(n[0], n[1])
	case "rot":
		return recordRot(s.rec, s.disk, uint64(n[0]))
	case "failing":
		s.failing(words[1])
	default:
		return toolbox.Command(words[0], map[string]func() error{
			"start": s.start, "snapshot": s.snapshot, "anew": s.anew, "clean": s.clean, "tidy": s.tidy,
			"write": func() error { return s.core.Taking().Write() }, "written": func() error { return s.core.Written(nil) },
			"refused": s.refused, "over": func() error { s.over = true; return nil },
		})
	}
	return nil
}

// start opens the store.
func (s *script) start() error {
	err := s.core.Recover()
	s.running, s.over = err == nil, err != nil
	return err
}

// refused opens a store whose state cannot be rebuilt, and stops the machine.
func (s *script) refused() error {
	s.Refused(s.core.Recover(), lowwatermark.ErrDamaged)
	return s.machineStops(0, 0)
}

// add appends entries.
func (s *script) add(n int) (err error) {
	for range n {
		err = errors.Join(err, s.core.AppendEntry(0, 0, []byte(at(s.core.Length()+1))))
	}
	return err
}

// put appends entries and applies all.
func (s *script) put(n int) error {
	err := errors.Join(s.add(n), s.core.Sync(s.core.Length()))
	for err == nil && s.core.Applied() < s.core.Length() {
		err = s.core.Apply(s.core.Applied() + 1)
	}
	return err
}

func (s *script) segments(n int, snapshots bool) (err error) {
	for i := range n {
		if i > 0 {
			err = errors.Join(err, s.core.Roll())
		}
		err = errors.Join(err, s.put(1))
		if snapshots {
			err = errors.Join(err, s.snapshot())
		}
	}
	return err
}

// snapshot takes a snapshot, and does not remove any.
func (s *script) snapshot() error {
	return errors.Join(s.core.TakeSnapshot(), s.core.FlushSnapshot(), s.core.KeepSnapshot())
}

// anew takes a snapshot, unless one is in flight.
func (s *script) anew() error {
	if s.core.Taking() != nil {
		return nil
	}
	return s.snapshot()
}

// clean removes what is not needed.
func (s *script) clean() (err error) {
	for index := s.core.Removable(); err == nil && index > 0; index = s.core.Removable() {
		err = s.core.RemoveSnapshot(index)
	}
	for err == nil && s.core.CanDrop() {
		err = s.core.DropOldest()
	}
	return err
}

// machineStops ends process and machine. Of what was not durable it keeps so many names, and
// so many bytes of the snapshot in flight.
func (s *script) machineStops(names, bytes int) error {
	keep := map[string]int{dir: names}
	if taking := s.core.Taking(); taking != nil {
		from, _ := temporaryAndName(taking.Index())
		keep[from] = bytes
	}
	s.disk.Crash(keep)
	return errors.Join(recordCrash(s.rec, s.path, s.disk, dir), toolbox.Allow(s.restart(), disktest.ErrCrashed))
}

// failing lets the disk fail when a snapshot gets its name, or when its file is flushed or
// written.
func (s *script) failing(how string) {
	from, _ := temporaryAndName(s.core.Taking().Index())
	switch how {
	case "name":
		s.disk.FailSync(dir)
		s.Refused(s.core.KeepSnapshot(), lowwatermark.ErrPoisoned)
		return
	case "file":
		s.disk.FailSync(from)
	case "space":
		s.disk.LimitSpace(5)
	}
	s.Check(s.core.FlushSnapshot() != nil, "a snapshot was flushed on a disk that fails")
	s.disk.LimitSpace(-1)
}

// tidy says whether the store has removed what a crash had left of a snapshot.
func (s *script) tidy() error {
	left, err := s.disk.List(dir)
	s.Check(!slices.ContainsFunc(left, func(name string) bool { return strings.HasSuffix(name, ".tmp") }), "there are %q", left)
	return err
}
