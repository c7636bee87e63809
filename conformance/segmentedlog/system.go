package segmentedlog

import (
	"errors"
	"io"
	"path/filepath"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/segmentedlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// system is the log's core on a disk in memory, driven step by step. What a crash may
// do is decided here: it may take whatever was not durable.
type system struct {
	*toolbox.Steps
	rec     *trace.Recorder
	disk    *disktest.Disk
	core    *segmentedlog.Core
	running bool   // there is a process
	durable uint64 // up to here no crash can take an entry
	unmade  bool   // a crash can take the newest file
	cutting bool   // truncated, and the file not yet cut
}

func newSystem(rec *trace.Recorder) (conformance.System, error) { return newLog(rec) }

func newLog(rec *trace.Recorder) (*system, error) {
	s := &system{rec: rec, disk: disktest.New(), unmade: true}
	core := func(do func(*segmentedlog.Core) error) toolbox.Step {
		return func(*trace.Record) error { return do(s.core) }
	}
	upTo := func(name string, do func(*segmentedlog.Core, uint64) error) toolbox.Step {
		return func(a *trace.Record) error { return do(s.core, a.Uint(name)) }
	}
	s.Steps = &toolbox.Steps{
		Refusal: segmentedlog.ErrNotAllowed, After: s.after, Closing: func() error { return s.core.Abandon() },
		Take: map[string]toolbox.Step{
			"Open":         core((*segmentedlog.Core).Open),
			"Refuse":       upTo("number", (*segmentedlog.Core).Refuse),
			"Cut":          s.cut,
			"Serve":        core((*segmentedlog.Core).Serve),
			"AppendEntry":  func(a *trace.Record) error { return s.core.AppendEntry(0, 0, []byte(a.String("value"))) },
			"Sync":         upTo("upTo", (*segmentedlog.Core).Sync),
			"Acknowledge":  upTo("index", (*segmentedlog.Core).Acknowledge),
			"Read":         s.read,
			"RollCreate":   core((*segmentedlog.Core).RollCreate),
			"RollSync":     core((*segmentedlog.Core).RollSync),
			"RollSwitch":   core((*segmentedlog.Core).RollSwitch),
			"TruncateFrom": s.truncateFrom,
			"Unroll":       core((*segmentedlog.Core).Unroll),
			"DropOldest":   core((*segmentedlog.Core).DropOldest),
			"Close":        s.end,
			"Crash":        s.crash,
			"Vanish":       s.vanish,
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
	s.core = segmentedlog.NewCore(segmentedlog.CoreConfig{
		FS: s.disk, Dir: dir, MaxEntry: 1 << 10, Trace: s.rec, Node: node,
	})
	return err
}

func (s *system) after(step string, err error) error {
	if err == nil {
		s.running = s.running || step == "Open"
		switch step {
		case "RollCreate":
			s.unmade = true
		case "RollSync", "Open", "Unroll":
			s.unmade = false
		}
	}
	s.durable = max(s.durable, s.core.Synced())
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

func (s *system) truncateFrom(a *trace.Record) error {
	if err := toolbox.Allow(s.core.Write(), segmentedlog.ErrNotAllowed); err != nil {
		return err
	}
	err := s.core.TruncateFrom(a.Uint("index"))
	s.cutting = s.cutting || err == nil
	return err
}

// read reads an entry, if it is the one that there is to be read, or none.
func (s *system) read(a *trace.Record) error {
	index, value := a.Uint("index"), segmentedlog.NoValue
	if s.running && index >= s.core.First() && index <= s.core.Acknowledged() {
		value = s.at(index)
	}
	if !s.running || value != a.String("value") || index > s.core.Acknowledged()+1 {
		return segmentedlog.ErrNotAllowed
	}
	r := s.core.Reader(index)
	_, err := r.Read()
	if errors.Is(err, segmentedlog.ErrDropped) {
		err = segmentedlog.ErrNotAllowed
	}
	return errors.Join(toolbox.Allow(err, io.EOF), r.Close())
}

// at is what an entry says, in the one file that has it.
func (s *system) at(index uint64) string {
	for i, segment := range slices.Backward(s.core.Segments()) {
		if segment.Base > index {
			continue
		}
		names, _ := s.disk.List(dir)
		f, _ := logs.ReadFile(s.disk, filepath.Join(dir, names[i]))
		if k := index - segment.Base; k < uint64(len(f.Whole)) {
			return string(f.Whole[k].Payload)
		}
		return ""
	}
	return ""
}

// end ends the process as it should; the next one is made at once.
func (s *system) end(*trace.Record) error {
	if err := s.core.Close(); err != nil {
		return err
	}
	return s.restart()
}

// crash ends the process so that the entries up to an index are left, one of which may
// not be whole, in the segments up to a number. Where the file was to be cut, it may have
// been.
func (s *system) crash(a *trace.Record) error {
	left, bad, last := a.Uint("left"), a.Uint("bad"), a.Uint("last")
	if !s.running {
		return segmentedlog.ErrNotAllowed
	}
	if err := toolbox.Allow(s.core.Write(), segmentedlog.ErrNotAllowed); err != nil {
		return err
	}
	f, err := ReadFiles(s.disk, dir)
	if err != nil {
		return err
	}
	before := f.Base - 1
	end := before + uint64(len(f.Newest.All))
	lost := last == f.newest()-1 && s.unmade && len(f.Numbers) > 1
	if lost {
		end = before
	}
	cut := s.cutting && left == s.core.Length()
	switch {
	case last != f.newest() && !lost,
		(left < min(s.durable, end) || left > end) && !cut,
		bad > 0 && (bad <= s.durable || bad > left):
		return segmentedlog.ErrNotAllowed
	}
	s.durable = min(s.durable, left)
	name := filepath.Join(dir, f.Names[len(f.Names)-1])
	if lost {
		err = s.disk.Remove(name)
		s.unmade = false
	} else {
		err = f.Newest.Damage(s.disk, name, left-before, bad-min(bad, before))
	}
	return errors.Join(err, s.left(s.rec.Step("Crash").String("node", node).
		Uint("left", left).Uint("bad", bad).Uint("last", last)), s.restart())
}

// vanish removes a sealed segment between others, if the newest has something durable.
func (s *system) vanish(a *trace.Record) error {
	f, err := ReadFiles(s.disk, dir)
	if s.running || err != nil { // there is nothing at the very beginning
		return segmentedlog.ErrNotAllowed
	}
	at := slices.Index(f.Numbers, a.Uint("number"))
	if at <= 0 || at == len(f.Numbers)-1 || len(f.Newest.Whole) == 0 || s.durable < f.Base {
		return segmentedlog.ErrNotAllowed
	}
	return errors.Join(s.disk.Remove(filepath.Join(dir, f.Names[at])),
		s.left(s.rec.Step("Vanish").String("node", node).Uint("number", f.Numbers[at])))
}

// left ends a step of the environment with what it has left on the disk.
func (s *system) left(step *trace.Step) error {
	f, err := ReadFiles(s.disk, dir)
	step.State(f)
	return err
}
