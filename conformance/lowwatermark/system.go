package lowwatermark

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"path/filepath"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/segmentedlog"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
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
	s.After = s.after
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
	err := s.Written()
	if err == nil && named {
		from, to := temporaryAndName(taking.Index())
		err = errors.Join(s.Disk.Rename(from, to), s.Disk.SyncDir(dir))
	}
	if err == nil {
		err = errors.Join(s.Core.Abandon(), s.Lost(left-s.Before, 0))
	}
	l, failed := readStore(s.Disk, dir)
	s.Rec.Step("Crash").String("node", node).Uint("left", left).Bool("named", named).State(l)
	return errors.Join(err, failed, s.Restart())
}

// after holds each step against what a crash would leave of the folders. The file of a
// snapshot that is in flight, was discarded or is damaged may be there or not.
func (s *system) after(step string, err error) error {
	if err != nil {
		return s.Tried(step, err)
	}
	log := filepath.Join(dir, "log")
	if f, none := segmentedlog.ReadFiles(s.Disk, log); none == nil { // as before the first Open
		s.File, s.Before = f.Path(log), f.Base-1
		named := step == "KeepSnapshot" || step == "RemoveSnapshot"
		if s.Disk.Unsynced(log) > 0 || named && s.Disk.Unsynced(dir) > 0 {
			return fmt.Errorf("a flush of the folder is missing: a crash may undo %s", step)
		}
	}
	return s.Tried(step, err)
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

const snapshotHeader = 12 // bytes before the state

// storeFiles is what the files of a store hold, as read by other code than the store's.
type storeFiles struct {
	log       segmentedlog.Files
	snapshots []uint64 // the indexes of those that are whole
}

// readStore reads the log's files and the snapshots.
func readStore(fs disk.FS, dir string) (s storeFiles, err error) {
	if s.log, err = segmentedlog.ReadFiles(fs, filepath.Join(dir, "log")); err != nil {
		return s, err
	}
	names, err := fs.List(dir)
	if err != nil {
		return s, err
	}
	for _, name := range names {
		var index uint64
		if _, other := fmt.Sscanf(name, "%d.snap", &index); other != nil {
			continue
		}
		whole, failed := isWhole(fs, filepath.Join(dir, name), index)
		if err = errors.Join(err, failed); whole {
			s.snapshots = append(s.snapshots, index)
		}
	}
	return s, err
}

// has says whether there is the snapshot that has this index in the trace.
func (s storeFiles) has(rec *trace.Recorder, index trace.Value) bool {
	return slices.ContainsFunc(s.snapshots, func(i uint64) bool { return trace.Equal(index, int(rec.Counted(i))) })
}

// isWhole says whether a file has the snapshot that its name says.
func isWhole(fs disk.FS, name string, index uint64) (bool, error) {
	b, err := logs.Contents(fs, name)
	if err != nil || len(b) < snapshotHeader {
		return false, err
	}
	rest := append(binary.LittleEndian.AppendUint64(slices.Clone(b[:8]), index), b[snapshotHeader:]...)
	return binary.LittleEndian.Uint32(b[8:]) == crc32.Checksum(rest, crc32.MakeTable(crc32.Castagnoli)), nil
}

// temporaryAndName are the two names of a snapshot's file.
func temporaryAndName(index uint64) (string, string) {
	return filepath.Join(dir, fmt.Sprintf("%020d.tmp", index)), filepath.Join(dir, fmt.Sprintf("%020d.snap", index))
}

// recordRot turns the first update in a snapshot into another, in a store that is down.
func recordRot(rec *trace.Recorder, disk *disktest.Disk, index uint64) error {
	_, name := temporaryAndName(index)
	if err := disk.Rot(name, snapshotHeader, 2); err != nil {
		return err
	}
	s, err := readStore(disk, dir)
	rec.Step("Rot").String("node", node).Count("index", index).State(s)
	return err
}

// View is the spec's View of a store that is down.
func (s storeFiles) View(o *trace.Object) {
	o.String("mode", "down").Count("first", s.log.First).Count("base", s.log.Base).Int("segments", len(s.log.Names))
	o.Count("length", s.log.Last()).Int("synced", 0).Int("applied", 0).Int("size", 0).String("last", "none")
	o.Counts("snapshots", s.snapshots...).Int("taking", 0).Bool("flushed", false)
	o.Record("holders", func(*trace.Object) {}).Int("aged", 0)
}

// recordCrash records the end of a process with what it has left. A change of the folders
// that has happened and that the process did not come to record is recorded before.
func recordCrash(rec *trace.Recorder, last logs.View, fs disk.FS, dir string) error {
	s, err := readStore(fs, dir)
	if err != nil {
		return err
	}
	known := trace.NewRecord(last)
	first, base := rec.Counted(s.log.First), rec.Counted(s.log.Base)
	kept, _ := last["snapshots"].([]trace.Value)
	named := s.has(rec, last["taking"])
	switch segments := len(s.log.Names); {
	case first > known.Uint("first"):
		last["first"], last["segments"] = int(first), known.Int("segments")-1
		rec.Step("DropOldest").String("node", node).State(last)
	case segments > known.Int("segments"):
		last["base"], last["segments"] = int(base), segments
		rec.Step("Roll").String("node", node).State(last)
	case last["mode"] == "up" && len(kept) > 0 && !s.has(rec, kept[0]):
		last["snapshots"] = kept[1:]
		rec.Step("RemoveSnapshot").String("node", node).Value("index", kept[0]).State(last)
	}
	rec.Step("Crash").String("node", node).Count("left", s.log.Last()).Bool("named", named).State(s)
	return known.Err()
}
