package logs

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/trace"
)

// Core is a log's core, which a System drives.
type Core interface {
	trace.Viewer
	Length() uint64
	Synced() uint64
	Write() error
	Abandon() error
}

// System is a core on a disk in memory, driven step by step. The core decides what the core
// may do. What a crash may do is decided by the pattern, which embeds the System and whose
// table of steps this is: a crash may take whatever was not durable.
type System[C Core] struct {
	*toolbox.Steps
	Rec     *trace.Recorder
	Disk    *disktest.Disk
	Core    C
	Running bool   // there is a process
	Durable uint64 // up to here no crash can take an entry
	Cutting bool   // truncated, and the file not yet cut
	File    string // the log's newest file; if it has a name, each step is held against what is flushed
	Before  uint64 // the entries in older files

	create func() (C, error)
}

// NewSystem returns a system without a table. Start must be the first call.
func NewSystem[C Core](rec *trace.Recorder, refusal error) *System[C] {
	s := &System[C]{Rec: rec, Disk: disktest.New()}
	closing := func() error { return s.Core.Abandon() }
	s.Steps = &toolbox.Steps{Refusal: refusal, After: s.Tried, Closing: closing}
	return s
}

// Start makes the first core. Later processes get theirs from the same function.
func (s *System[C]) Start(create func() (C, error)) (err error) {
	s.create = create
	s.Core, err = create()
	return err
}

// End is the step of an observer, where nothing is owed: the core is up, these fields of its
// view have reached the length, and the rest is as the pattern says (nil: there is no more).
func (s *System[C]) End(node string, fields []string, rest func(view *trace.Record) bool) toolbox.Step {
	return func(*trace.Record) error {
		if !s.Running {
			return s.Refusal
		}
		shown, err := trace.ValueOf(s.Core)
		view := trace.NewRecord(shown)
		calm := view.String("mode") == "up" && (rest == nil || rest(view))
		for _, field := range fields {
			calm = calm && Reaches(field)(view)
		}
		switch err = errors.Join(err, view.Err()); {
		case err != nil:
			return err
		case !calm:
			return s.Refusal
		}
		s.Rec.Step("End").String("node", node).State(s.Core)
		return nil
	}
}

// Restart makes a new core, as a new process would.
func (s *System[C]) Restart() error {
	err := s.Core.Abandon()
	s.Running, s.Cutting = false, false
	core, failed := s.create()
	s.Core = core
	return errors.Join(err, failed)
}

// Tried notes what came of a step, and returns it.
func (s *System[C]) Tried(step string, err error) error {
	s.Running = s.Running || step == "Open" && err == nil
	s.Durable = max(s.Durable, s.Core.Synced())
	if err != nil || s.File == "" {
		return err
	}
	kept, _ := s.Disk.Durable(s.File)
	cached, _ := s.Disk.Contents(s.File)
	return s.flushed(kept, cached)
}

// Table implements Looped.
func (s *System[C]) Table() *toolbox.Steps { return s.Steps }

// Written hands to the disk what the log has appended and may have written by now.
func (s *System[C]) Written() error { return toolbox.Allow(s.Core.Write(), s.Refusal) }

// Plain is a step of the core without arguments.
func (s *System[C]) Plain(do func(C) error) toolbox.Step {
	return func(*trace.Record) error { return do(s.Core) }
}

// Numbered is a step of the core about a number, with the name of that argument.
func (s *System[C]) Numbered(name string, do func(C, uint64) error) toolbox.Step {
	return func(a *trace.Record) error { return do(s.Core, a.Uint(name)) }
}

// Truncate is the step TruncateFrom of the core. A crash may keep what is truncated until
// the file is cut.
func (s *System[C]) Truncate(do func(C, uint64) error) toolbox.Step {
	return func(a *trace.Record) error {
		if err := s.Written(); err != nil {
			return err
		}
		err := do(s.Core, a.Uint("index"))
		s.Cutting = s.Cutting || err == nil
		return err
	}
}

// Cut is the step Cut of the core, with which truncated entries are gone.
func (s *System[C]) Cut(do func(C) error) toolbox.Step {
	return func(*trace.Record) error {
		err := do(s.Core)
		if err == nil {
			s.Durable = min(s.Durable, s.Core.Length())
			s.Cutting = false
		}
		return err
	}
}

// Last is the step of the core that ends the process as it should; the next one is made at
// once.
func (s *System[C]) Last(do func(C) error) toolbox.Step {
	return func(*trace.Record) error {
		if err := do(s.Core); err != nil {
			return err
		}
		return s.Restart()
	}
}

// flushed reports a flush that is missing: the disk alone does not have what is durable, or
// has what was cut off. The states of a model have many ways that lead to them, and Explore
// takes only one of these to a crash; so this is looked at after each step.
func (s *System[C]) flushed(kept, cached []byte) error {
	f := Read(cached)
	durable := s.Durable - min(s.Durable, s.Before)
	switch base := f.End(durable); {
	case durable > 0 && (int64(len(kept)) < base || !bytes.Equal(kept[FileHeader:base], cached[FileHeader:base])):
		return fmt.Errorf("a flush is missing: a crash may take one of the first %d entries", s.Durable)
	case !s.Cutting && !bytes.Equal(kept, cached) && Read(kept).Slots > f.Slots:
		return errors.New("a flush is missing: a crash may bring back what was cut off")
	}
	return nil
}

// Lost is a crash of the machine. The file keeps its durable entries, and of the others those
// up to left, which do not become durable. The entry bad is not whole (0: all are). Both
// numbers count in the file. No process may have it open.
func (s *System[C]) Lost(left, bad uint64) error {
	cached, exists := s.Disk.Contents(s.File)
	f := Read(cached)
	s.Disk.Crash(nil)
	kept, named := s.Disk.Contents(s.File)
	if !exists {
		return nil
	}
	if err := s.flushed(kept, cached); err != nil {
		return err
	}
	open := s.Disk.Open
	if !named {
		open = s.Disk.Create
	}
	file, err := open(s.File)
	if err != nil {
		return err
	}
	base := min(f.End(s.Durable-min(s.Durable, s.Before)), int64(len(kept)))
	if err = file.Truncate(base); err == nil {
		err = file.Sync()
	}
	if end := f.End(left); err == nil && base < end && end <= int64(len(cached)) {
		_, err = file.WriteAt(cached[base:end], base)
	}
	if err == nil && bad > 0 {
		_, err = file.WriteAt(make([]byte, 4), f.All[bad-1].Offset)
	}
	return errors.Join(err, file.Close())
}
