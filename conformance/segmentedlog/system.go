package segmentedlog

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/segmentedlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// system is the log's core, and what happens to it.
type system struct {
	*logs.System[*segmentedlog.Core]
	unmade bool // a crash can take the newest file
}

func newSystem(rec *trace.Recorder) (conformance.System, error) { return newLog(rec) }

func newLog(rec *trace.Recorder) (*system, error) {
	s := &system{System: logs.NewSystem[*segmentedlog.Core](rec, segmentedlog.ErrNotAllowed), unmade: true}
	s.After = s.after
	s.Take = map[string]toolbox.Step{
		"Open":         s.Plain((*segmentedlog.Core).Open),
		"Refuse":       s.Numbered("number", (*segmentedlog.Core).Refuse),
		"Cut":          s.Cut((*segmentedlog.Core).Cut),
		"Serve":        s.Plain((*segmentedlog.Core).Serve),
		"AppendEntry":  func(a *trace.Record) error { return s.Core.AppendEntry(0, 0, []byte(a.String("value"))) },
		"Sync":         s.Numbered("upTo", (*segmentedlog.Core).Sync),
		"Acknowledge":  s.Numbered("index", (*segmentedlog.Core).Acknowledge),
		"Read":         s.read,
		"RollCreate":   s.Plain((*segmentedlog.Core).RollCreate),
		"RollSync":     s.Plain((*segmentedlog.Core).RollSync),
		"RollSwitch":   s.Plain((*segmentedlog.Core).RollSwitch),
		"TruncateFrom": s.Truncate((*segmentedlog.Core).TruncateFrom),
		"Unroll":       s.Plain((*segmentedlog.Core).Unroll),
		"DropOldest":   s.Plain((*segmentedlog.Core).DropOldest),
		"Close":        s.Last((*segmentedlog.Core).Close),
		"End": s.End(node, []string{"synced", "acked"}, func(view *trace.Record) bool {
			return !view.Bool("torn") && view.Uint("open") == view.Uint("newest")
		}),
		"Crash":  s.crash,
		"Vanish": s.vanish,
	}
	return s, s.Start(func() (*segmentedlog.Core, error) {
		return segmentedlog.NewCore(segmentedlog.CoreConfig{
			FS: s.Disk, Dir: dir, MaxEntry: 1 << 10, IndexInterval: 1, Trace: rec, Node: node,
		}), nil
	})
}

func (s *system) after(step string, err error) error {
	if err == nil {
		switch step {
		case "RollCreate":
			s.unmade = true
		case "RollSync", "Open", "Unroll":
			s.unmade = false
		}
		if f, none := ReadFiles(s.Disk, dir); none == nil { // as before the first Open
			s.File, s.Before = f.Path(dir), f.Base-1
		}
		if !s.unmade && s.Disk.Unsynced(dir) > 0 {
			return fmt.Errorf("a flush of the folder is missing: a crash may undo %s", step)
		}
	}
	return s.Tried(step, err)
}

// read reads an entry, if it is the one that there is to be read, or none.
func (s *system) read(a *trace.Record) error {
	index, value := a.Uint("index"), segmentedlog.NoValue
	if s.Running && index >= s.Core.First() && index <= s.Core.Acknowledged() {
		value = s.at(index)
	}
	if !s.Running || value != a.String("value") || index > s.Core.Acknowledged()+1 {
		return segmentedlog.ErrNotAllowed
	}
	r := s.Core.Reader(index)
	_, err := r.Read()
	if errors.Is(err, segmentedlog.ErrDropped) {
		err = segmentedlog.ErrNotAllowed
	}
	return errors.Join(toolbox.Allow(err, io.EOF), r.Close())
}

// at is what an entry says, in the one file that has it.
func (s *system) at(index uint64) string {
	for i, segment := range slices.Backward(s.Core.Segments()) {
		if segment.Base <= index {
			names, _ := s.Disk.List(dir)
			f, _ := logs.ReadFile(s.Disk, filepath.Join(dir, names[i]))
			if k := index - segment.Base; k < uint64(len(f.Whole)) {
				return string(f.Whole[k].Payload)
			}
			break
		}
	}
	return ""
}

// crash ends the process so that the entries up to an index are left, one of which may
// not be whole, in the segments up to a number. Where the file was to be cut, it may have
// been.
func (s *system) crash(a *trace.Record) error {
	left, bad, last := a.Uint("left"), a.Uint("bad"), a.Uint("last")
	if !s.Running {
		return segmentedlog.ErrNotAllowed
	}
	if err := s.Written(); err != nil {
		return err
	}
	f, err := ReadFiles(s.Disk, dir)
	if err != nil {
		return err
	}
	before := f.Base - 1
	end, cut := before+uint64(len(f.Newest.All)), s.Cutting && left == s.Core.Length()
	lost := last == f.newest()-1 && s.unmade && len(f.Numbers) > 1
	switch {
	case last != f.newest() && !lost,
		(left < min(s.Durable, end) || left > end) && !cut,
		bad > 0 && (bad <= s.Durable || bad > left):
		return segmentedlog.ErrNotAllowed
	}
	s.Durable = min(s.Durable, left)
	if lost {
		err = errors.Join(s.Disk.Remove(s.File), s.Disk.SyncDir(dir))
		s.unmade = false
	} else {
		err = errors.Join(s.Core.Abandon(), s.Lost(left-before, bad-min(bad, before)))
	}
	return errors.Join(err, s.left(s.Rec.Step("Crash").String("node", node).
		Uint("left", left).Uint("bad", bad).Uint("last", last)), s.Restart())
}

// vanish removes a sealed segment between others, if the newest has something durable.
func (s *system) vanish(a *trace.Record) error {
	f, err := ReadFiles(s.Disk, dir)
	if s.Running || err != nil { // there is nothing at the very beginning
		return segmentedlog.ErrNotAllowed
	}
	at := slices.Index(f.Numbers, a.Uint("number"))
	if at <= 0 || at == len(f.Numbers)-1 || len(f.Newest.Whole) == 0 || s.Durable < f.Base {
		return segmentedlog.ErrNotAllowed
	}
	return errors.Join(s.Disk.Remove(filepath.Join(dir, f.Names[at])), s.Disk.SyncDir(dir),
		s.left(s.Rec.Step("Vanish").String("node", node).Uint("number", f.Numbers[at])))
}

// left ends a step of the environment with what it has left on the disk.
func (s *system) left(step *trace.Step) error {
	f, err := ReadFiles(s.Disk, dir)
	step.State(f)
	return err
}

// Files is what the files of a log hold, as read by other code than the log's: their
// names, in order, and the newest file.
type Files struct {
	Names       []string
	Numbers     []uint64
	First, Base uint64 // of the oldest segment and the newest
	Newest      logs.File
}

// ReadFiles reads the files in a log's folder, also for the patterns whose logs are
// segmented.
func ReadFiles(fs disk.FS, dir string) (f Files, err error) {
	names, err := fs.List(dir)
	if err != nil {
		return f, err
	}
	for _, name := range names {
		var number, base uint64
		if n, _ := fmt.Sscanf(name, "%d-%d.seg", &number, &base); n == 2 {
			if f.Names == nil {
				f.First = base
			}
			f.Names, f.Numbers, f.Base = append(f.Names, name), append(f.Numbers, number), base
		}
	}
	if f.Names == nil {
		return f, errors.New("there is no segment")
	}
	f.Newest, err = logs.ReadFile(fs, f.Path(dir))
	return f, err
}

// Path is that of the newest file.
func (f Files) Path(dir string) string { return filepath.Join(dir, f.Names[len(f.Names)-1]) }

// Last is the index of the last entry that is whole.
func (f Files) Last() uint64 { return f.Base - 1 + uint64(len(f.Newest.Whole)) }

// newest is the newest segment's number.
func (f Files) newest() uint64 { return f.Numbers[len(f.Numbers)-1] }

// View is the spec's View of a log that is down.
func (f Files) View(o *trace.Object) {
	o.String("mode", "down").Uint("oldest", f.Numbers[0]).Uint("newest", f.newest())
	o.Count("base", f.Base).Int("count", len(f.Names)).Int("open", 0).Count("length", f.Last()).Bool("torn", f.Newest.Bad() > 0)
	o.Int("synced", 0).Int("acked", 0)
}

// recordCrash records the end of a process with what it has left. A removal that has
// happened and that the process did not come to record is recorded before.
func recordCrash(rec *trace.Recorder, view logs.View, fs disk.FS, dir string) error {
	f, err := ReadFiles(fs, dir)
	if err != nil {
		return err
	}
	last := trace.NewRecord(view)
	if f.Numbers[0] == last.Uint("oldest")+1 {
		view["oldest"], view["count"] = int(f.Numbers[0]), last.Int("count")-1
		rec.Step("DropOldest").String("node", node).State(view)
	}
	if newest := f.newest(); newest+1 == last.Uint("newest") && last.Uint("open") > newest {
		view["newest"], view["open"], view["base"], view["count"] = int(newest), int(newest), int(rec.Counted(f.Base)), last.Int("count")-1
		rec.Step("Unroll").String("node", node).State(view)
	}
	bad := f.Newest.Bad()
	if bad > 0 {
		bad += f.Base - 1
	}
	rec.Step("Crash").String("node", node).Count("left", f.Base-1+f.Newest.Slots).Count("bad", bad).
		Uint("last", f.newest()).State(f)
	return last.Err()
}
