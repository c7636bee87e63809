package lowwatermark

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"path/filepath"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance/segmentedlog"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/trace"
)

const snapshotHeader = 12 // bytes before the state

// storeFiles is what the files of a store hold, as read by other code than the store's.
type storeFiles struct {
	log       segmentedlog.Files
	snapshots []uint64 // those that are whole
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
		var rest string
		if n, _ := fmt.Sscanf(name, "%d.%s", &index, &rest); n < 2 || rest != "snap" {
			continue
		}
		whole, err := isWhole(fs, filepath.Join(dir, name), index)
		if err != nil {
			return s, err
		}
		if whole {
			s.snapshots = append(s.snapshots, index)
		}
	}
	return s, nil
}

// isWhole says whether a file has the snapshot that its name says.
func isWhole(fs disk.FS, name string, index uint64) (bool, error) {
	file, err := fs.Open(name)
	if err != nil {
		return false, err
	}
	size, err := file.Size()
	b := make([]byte, size)
	if _, e := file.ReadAt(b, 0); e != nil && !errors.Is(e, io.EOF) {
		err = errors.Join(err, e)
	}
	if err = errors.Join(err, file.Close()); err != nil || len(b) < snapshotHeader {
		return false, err
	}
	rest := append(binary.LittleEndian.AppendUint64(slices.Clone(b[:8]), index), b[snapshotHeader:]...)
	return binary.LittleEndian.Uint32(b[8:]) == crc32.Checksum(rest, crc32.MakeTable(crc32.Castagnoli)), nil
}

// temporaryAndName are the two names of a snapshot's file.
func temporaryAndName(index uint64) (string, string) {
	return filepath.Join(dir, fmt.Sprintf("%020d.tmp", index)), filepath.Join(dir, fmt.Sprintf("%020d.snap", index))
}

// damage flips a bit of a snapshot's state.
func damage(disk *disktest.Disk, index uint64) error {
	_, name := temporaryAndName(index)
	return disk.Rot(name, snapshotHeader, 1)
}

// View is the spec's View of a store that is down.
func (s storeFiles) View(o *trace.Object) {
	o.String("mode", "down").Uint("first", s.log.First).Uint("base", s.log.Base).Int("segments", s.log.Segments)
	o.Uint("length", s.log.Last).Int("synced", 0).Int("applied", 0).Int("size", 0).String("last", "none")
	kept := make([]int, len(s.snapshots))
	for i, index := range s.snapshots {
		kept[i] = int(index)
	}
	o.Ints("snapshots", kept...).Int("taking", 0).Bool("flushed", false)
	o.Record("holders", func(*trace.Object) {}).Int("aged", 0)
}

// recordCrash records the end of a process with what it has left. A change of the folders
// that has happened and that the process did not come to record is recorded before.
func recordCrash(rec *trace.Recorder, path string, fs disk.FS, dir string) error {
	step, err := toolbox.LastStep(path)
	if err != nil || step == nil {
		return err
	}
	last := view(maps.Clone(step.State))
	if last["mode"] == "down" {
		return nil
	}
	s, err := readStore(fs, dir)
	if err != nil {
		return err
	}
	known := trace.NewRecord(last)
	switch {
	case s.log.First > known.Uint("first"):
		last["first"], last["segments"] = int(s.log.First), known.Int("segments")-1
		rec.Step("DropOldest").String("node", node).State(last)
	case s.log.Segments > known.Int("segments"):
		last["base"], last["segments"] = int(s.log.Base), s.log.Segments
		rec.Step("Roll").String("node", node).State(last)
	default:
		recordRemoval(rec, last, s)
	}
	named := known.Int("taking") > 0 && slices.Contains(s.snapshots, known.Uint("taking"))
	rec.Step("Crash").String("node", node).Uint("left", s.log.Last).Bool("named", named).State(s)
	return known.Err()
}

// recordRemoval records the removal of the oldest snapshot, if that has happened.
func recordRemoval(rec *trace.Recorder, last view, s storeFiles) {
	kept, _ := last["snapshots"].([]trace.Value)
	if last["mode"] != "up" || len(kept) == 0 {
		return
	}
	index, _ := kept[0].(int)
	if slices.Contains(s.snapshots, uint64(index)) {
		return
	}
	last["snapshots"] = kept[1:]
	rec.Step("RemoveSnapshot").String("node", node).Int("index", index).State(last)
}

// view is a recorded state that is changed.
type view map[string]trace.Value

// View implements trace.Viewer.
func (v view) View(o *trace.Object) {
	for _, name := range slices.Sorted(maps.Keys(v)) {
		o.Value(name, v[name])
	}
}
