package lowwatermark

import (
	"errors"
	"path/filepath"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/impl/lowwatermark"
	"github.com/lockstep-tla/lockstep/trace"
)

// system is the store's core, and what happens to it.
type system struct {
	*logs.System[*lowwatermark.Core]
}

func newSystem(rec *trace.Recorder) (conformance.System, error) { return newStore(rec) }

func newStore(rec *trace.Recorder) (*system, error) {
	s := &system{logs.NewSystem[*lowwatermark.Core](rec, lowwatermark.ErrNotAllowed)}
	s.Take = map[string]toolbox.Step{
		"Open":            s.Plain((*lowwatermark.Core).Open),
		"Serve":           s.Plain((*lowwatermark.Core).Serve),
		"AppendEntry":     func(a *trace.Record) error { return s.Core.AppendEntry(0, 0, []byte(a.String("value"))) },
		"Sync":            s.Numbered("upTo", (*lowwatermark.Core).Sync),
		"Apply":           s.Numbered("index", (*lowwatermark.Core).Apply),
		"Roll":            s.Plain((*lowwatermark.Core).Roll),
		"TakeSnapshot":    s.takeSnapshot,
		"FlushSnapshot":   s.Plain((*lowwatermark.Core).FlushSnapshot),
		"KeepSnapshot":    s.Plain((*lowwatermark.Core).KeepSnapshot),
		"DiscardSnapshot": s.Plain((*lowwatermark.Core).DiscardSnapshot),
		"RemoveSnapshot":  s.Numbered("index", (*lowwatermark.Core).RemoveSnapshot),
		"DropOldest":      s.Plain((*lowwatermark.Core).DropOldest),
		"Hold":            func(a *trace.Record) error { return s.Core.Hold(a.String("holder"), a.Uint("index")) },
		"Release":         func(a *trace.Record) error { return s.Core.Release(a.String("holder")) },
		"Age":             s.Numbered("upTo", (*lowwatermark.Core).Age),
		"End": s.End(node, []string{"synced", "applied"}, func(view *trace.Record) bool {
			return view.Int("taking") == 0 && s.Core.Removable() == 0 && !s.Core.CanDrop()
		}),
		"Crash": s.crash,
		"Rot":   s.rot,
	}
	return s, s.Start(func() (*lowwatermark.Core, error) {
		return lowwatermark.NewCore(lowwatermark.CoreConfig{
			FS: s.Disk, Dir: dir, Machine: new(words), MaxEntry: 1 << 10, Trace: rec, Node: node,
		})
	})
}

// takeSnapshot writes the snapshot's file at once. Until FlushSnapshot no code may go by
// that.
func (s *system) takeSnapshot(*trace.Record) error {
	if err := s.Core.TakeSnapshot(); err != nil {
		return err
	}
	return s.Core.Taking().Write()
}

// crash ends the process so that the entries up to an index are left. A snapshot that was
// about to get its name has it or not.
func (s *system) crash(a *trace.Record) error {
	left, named := a.Uint("left"), a.Bool("named")
	taking := s.Core.Taking()
	if !s.Running || left < s.Durable || left > s.Core.Length() || named && (taking == nil || !s.Core.MayName()) {
		return lowwatermark.ErrNotAllowed
	}
	if err := s.Written(); err != nil {
		return err
	}
	err := s.shorten(left)
	if err == nil && named {
		from, to := temporaryAndName(taking.Index())
		err = errors.Join(s.Disk.Rename(from, to), s.Disk.SyncDir(dir))
	}
	l, failed := readStore(s.Disk, dir)
	s.Rec.Step("Crash").String("node", node).Uint("left", left).Bool("named", named).State(l)
	return errors.Join(err, failed, s.Restart())
}

// shorten cuts the newest segment behind an entry.
func (s *system) shorten(left uint64) error {
	l, err := readStore(s.Disk, dir)
	if err != nil || left >= l.log.Last() {
		return err
	}
	newest := filepath.Join(dir, "log", l.log.Names[len(l.log.Names)-1])
	return l.log.Newest.Damage(s.Disk, newest, left+1-l.log.Base, 0)
}

// rot damages a snapshot.
func (s *system) rot(a *trace.Record) error {
	index := a.Uint("index")
	l, err := readStore(s.Disk, dir)
	if s.Running || err != nil || !slices.Contains(l.snapshots, index) { // at the very beginning there is no folder
		return lowwatermark.ErrNotAllowed
	}
	return recordRot(s.Rec, s.Disk, index)
}
