package lowwatermark

import (
	"errors"
	"path/filepath"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/lowwatermark"
	"github.com/lockstep-tla/lockstep/trace"
)

// system is the store's core on a disk in memory, driven step by step. What a crash may do
// is decided here: it may take whatever was not durable.
type system struct {
	*toolbox.Steps
	rec     *trace.Recorder
	disk    *disktest.Disk
	core    *lowwatermark.Core
	running bool   // there is a process
	durable uint64 // up to here no crash can take an entry
}

func newSystem(rec *trace.Recorder) (conformance.System, error) { return newStore(rec) }

func newStore(rec *trace.Recorder) (*system, error) {
	s := &system{rec: rec, disk: disktest.New()}
	core := func(do func(*lowwatermark.Core) error) toolbox.Step {
		return func(*trace.Record) error { return do(s.core) }
	}
	index := func(name string, do func(*lowwatermark.Core, uint64) error) toolbox.Step {
		return func(a *trace.Record) error { return do(s.core, a.Uint(name)) }
	}
	s.Steps = &toolbox.Steps{
		Refusal: lowwatermark.ErrNotAllowed, After: s.after, Closing: func() error { return s.core.Abandon() },
		Take: map[string]toolbox.Step{
			"Open":            core((*lowwatermark.Core).Open),
			"Serve":           core((*lowwatermark.Core).Serve),
			"AppendEntry":     func(a *trace.Record) error { return s.core.AppendEntry(0, 0, []byte(a.String("value"))) },
			"Sync":            index("upTo", (*lowwatermark.Core).Sync),
			"Apply":           index("index", (*lowwatermark.Core).Apply),
			"Roll":            core((*lowwatermark.Core).Roll),
			"TakeSnapshot":    s.takeSnapshot,
			"FlushSnapshot":   core((*lowwatermark.Core).FlushSnapshot),
			"KeepSnapshot":    core((*lowwatermark.Core).KeepSnapshot),
			"DiscardSnapshot": core((*lowwatermark.Core).DiscardSnapshot),
			"RemoveSnapshot":  index("index", (*lowwatermark.Core).RemoveSnapshot),
			"DropOldest":      core((*lowwatermark.Core).DropOldest),
			"Hold":            func(a *trace.Record) error { return s.core.Hold(a.String("holder"), a.Uint("index")) },
			"Release":         func(a *trace.Record) error { return s.core.Release(a.String("holder")) },
			"Age":             index("upTo", (*lowwatermark.Core).Age),
			"Crash":           s.crash,
			"Rot":             s.rot,
		},
	}
	return s, s.restart()
}

// restart makes a new core with a new state, as a new process would.
func (s *system) restart() (err error) {
	if s.core != nil {
		err = s.core.Abandon()
	}
	s.running = false
	core, failed := lowwatermark.NewCore(lowwatermark.CoreConfig{
		FS: s.disk, Dir: dir, Machine: new(words), MaxEntry: 1 << 10, Trace: s.rec, Node: node,
	})
	s.core = core
	return errors.Join(err, failed)
}

func (s *system) after(step string, err error) error {
	s.running = s.running || step == "Open" && err == nil
	s.durable = max(s.durable, s.core.Synced())
	return err
}

// takeSnapshot writes the snapshot's file at once. Until FlushSnapshot no code may go by
// that.
func (s *system) takeSnapshot(*trace.Record) error {
	if err := s.core.TakeSnapshot(); err != nil {
		return err
	}
	return s.core.Taking().Write()
}

// crash ends the process so that the entries up to an index are left. A snapshot that was
// about to get its name has it or not.
func (s *system) crash(a *trace.Record) error {
	left, named := a.Uint("left"), a.Bool("named")
	taking := s.core.Taking()
	if !s.running || left < s.durable || left > s.core.Length() || named && (taking == nil || !s.core.MayName()) {
		return lowwatermark.ErrNotAllowed
	}
	if err := toolbox.Allow(s.core.Write(), lowwatermark.ErrNotAllowed); err != nil {
		return err
	}
	if err := s.shorten(left); err != nil {
		return err
	}
	if named {
		from, to := temporaryAndName(taking.Index())
		if err := errors.Join(s.disk.Rename(from, to), s.disk.SyncDir(dir)); err != nil {
			return err
		}
	}
	l, err := readStore(s.disk, dir)
	s.rec.Step("Crash").String("node", node).Uint("left", left).Bool("named", named).State(l)
	return errors.Join(err, s.restart())
}

// shorten cuts the newest segment behind an entry.
func (s *system) shorten(left uint64) error {
	l, err := readStore(s.disk, dir)
	if err != nil || left >= l.log.Last() {
		return err
	}
	newest := filepath.Join(dir, "log", l.log.Names[len(l.log.Names)-1])
	return l.log.Newest.Damage(s.disk, newest, left+1-l.log.Base, 0)
}

// rot damages a snapshot.
func (s *system) rot(a *trace.Record) error {
	index := a.Uint("index")
	if s.running || s.durable == 0 {
		return lowwatermark.ErrNotAllowed
	}
	l, err := readStore(s.disk, dir)
	if err != nil {
		return err
	}
	if !slices.Contains(l.snapshots, index) {
		return lowwatermark.ErrNotAllowed
	}
	return recordRot(s.rec, s.disk, index)
}
