package writeaheadlog

import (
	"errors"
	"fmt"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// system is the log's core on a disk in memory, driven step by step. The core
// decides what the core may do. What a crash may do is decided here: it may take
// whatever was not durable.
type system struct {
	*toolbox.Steps
	rec     *trace.Recorder
	disk    *disktest.Disk
	fails   bool // flushes do
	core    *wal.Core
	running bool   // there is a process
	durable uint64 // how many entries no crash can take
	cutting bool   // truncated, and the file not yet cut
}

func newSystem(rec *trace.Recorder) (conformance.System, error) { return newLog(rec) }

func newLog(rec *trace.Recorder) (*system, error) {
	s := &system{rec: rec, disk: disktest.New()}
	core := func(do func(*wal.Core) error) toolbox.Step {
		return func(*trace.Record) error { return do(s.core) }
	}
	upTo := func(name string, do func(*wal.Core, uint64) error) toolbox.Step {
		return func(a *trace.Record) error { return do(s.core, a.Uint(name)) }
	}
	s.Steps = &toolbox.Steps{
		Refusal: wal.ErrNotAllowed, After: s.after, Closing: func() error { return s.core.Abandon() },
		Take: map[string]toolbox.Step{
			"Open":         s.open,
			"Cut":          s.cut,
			"Refuse":       upTo("index", (*wal.Core).Refuse),
			"Replay":       upTo("index", (*wal.Core).Replay),
			"Serve":        core((*wal.Core).Serve),
			"AppendEntry":  s.appendEntry,
			"Sync":         upTo("upTo", (*wal.Core).Sync),
			"SyncFails":    s.syncFails,
			"Apply":        upTo("index", (*wal.Core).Apply),
			"Acknowledge":  upTo("index", (*wal.Core).Acknowledge),
			"TruncateFrom": s.truncateFrom,
			"Close":        s.end,
			"Crash":        s.crash,
			"Corrupt":      s.corrupt,
		},
	}
	return s, s.restart()
}

// restart makes a new core, as a new process would.
func (s *system) restart() (err error) {
	if s.core != nil {
		err = s.core.Abandon()
	}
	s.running, s.cutting = false, false
	if err != nil {
		return err
	}
	s.core, err = wal.NewCore(wal.CoreConfig{
		FS: disktest.Intercept(s.disk, disktest.Failpoint{Before: s.mayFail}), Path: file,
		Machine: wal.NewStore(), MaxEntry: 1 << 10, Trace: s.rec, Node: node,
	})
	return err
}

var errFailing = errors.New("the disk fails")

// mayFail fails what flushes, while that is wanted.
func (s *system) mayFail(op disktest.Op) error {
	if s.fails && (op.Kind == disktest.Sync || op.Kind == disktest.Truncate) {
		return errFailing
	}
	return nil
}

func (s *system) after(step string, err error) error {
	s.running = s.running || step == "Open" && err == nil
	s.durable = max(s.durable, s.core.Synced())
	return err
}

func (s *system) open(a *trace.Record) error {
	name := a.String("policy")
	for _, p := range policies {
		if p.String() == name {
			return s.core.Open(p)
		}
	}
	return fmt.Errorf("no policy %q", name)
}

func (s *system) appendEntry(a *trace.Record) error {
	b := new(wal.Batch)
	changes := a.Record("batch")
	for _, key := range changes.Names() {
		if value := changes.String(key); value == wal.Deleted {
			b.Delete(key)
		} else {
			b.Put(key, value)
		}
	}
	return s.core.AppendEntry(0, 0, b.Encode(nil))
}

// syncFails lets whatever flush the core has to make fail.
func (s *system) syncFails(*trace.Record) error {
	s.fails = true
	defer func() { s.fails = false }()
	err := s.core.Cut()
	if errors.Is(err, wal.ErrNotAllowed) {
		err = s.core.Sync(s.core.Length())
	}
	return toolbox.Allow(err, wal.ErrPoisoned)
}

func (s *system) truncateFrom(a *trace.Record) error {
	if err := s.written(); err != nil {
		return err
	}
	index := a.Uint("index")
	err := s.core.TruncateFrom(index)
	s.cutting = s.cutting || err == nil
	return err
}

// cut is when truncated entries are gone: until then a crash may keep them.
func (s *system) cut(*trace.Record) error {
	err := s.core.Cut()
	if err == nil {
		s.durable = min(s.durable, s.core.Length())
		s.cutting = false
	}
	return err
}

// end ends the process as it should; the next one is made at once.
func (s *system) end(*trace.Record) error {
	if err := s.core.Close(); err != nil {
		return err
	}
	return s.restart()
}

// crash ends the process. The argument left is the number of records that stay, and bad the
// one among them that is not whole (0: all are). Where the file was to be cut, it may have
// been.
func (s *system) crash(a *trace.Record) error {
	left, bad := a.Uint("left"), a.Uint("bad")
	cut := s.cutting && left == s.core.Length()
	if !s.running || left < s.durable && !cut || bad > left || bad > 0 && bad <= s.durable {
		return wal.ErrNotAllowed
	}
	s.durable = min(s.durable, left)
	if err := s.written(); err != nil {
		return err
	}
	f := s.read()
	if left > uint64(len(f.All)) {
		return wal.ErrNotAllowed
	}
	if err := f.Damage(s.disk, file, left, bad); err != nil {
		return err
	}
	stepCrash(s.rec, s.read(), left, bad)
	return s.restart()
}

// written hands to the disk what the log has appended and may have written by now.
func (s *system) written() error { return toolbox.Allow(s.core.Write(), wal.ErrNotAllowed) }

// read reads what the disk holds of the log.
func (s *system) read() logs.File {
	b, _ := s.disk.Contents(file)
	return logs.Read(b)
}

// corrupt damages a record, if another one that is durable knows that it was
// flushed.
func (s *system) corrupt(a *trace.Record) error {
	index := a.Uint("index")
	if s.running || index < 1 || index >= s.durable {
		return wal.ErrNotAllowed
	}
	f, known := s.read(), uint64(0)
	for _, r := range f.All[index:s.durable] {
		known = max(known, r.Flushed)
	}
	if known < index || !f.All[index-1].Whole {
		return wal.ErrNotAllowed
	}
	if err := f.Damage(s.disk, file, uint64(len(f.All)), index); err != nil {
		return err
	}
	stepCorrupt(s.rec, s.read(), index)
	return nil
}
