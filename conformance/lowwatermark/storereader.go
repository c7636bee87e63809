package lowwatermark

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"path/filepath"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance/segmentedlog"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/trace"
)

const snapshotHeader = 12 // bytes before the state

// storeFiles is what the files of a store hold, as read by other code than the store's.
type storeFiles struct {
	log       segmentedlog.Files
	snapshots []int // the indexes of those that are whole
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
		var index int
		if _, other := fmt.Sscanf(name, "%d.snap", &index); other != nil {
			continue
		}
		whole, failed := isWhole(fs, filepath.Join(dir, name), uint64(index))
		if err = errors.Join(err, failed); whole {
			s.snapshots = append(s.snapshots, index)
		}
	}
	return s, err
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
func recordRot(rec *trace.Recorder, disk *disktest.Disk, index int) error {
	_, name := temporaryAndName(uint64(index))
	if err := disk.Rot(name, snapshotHeader, 2); err != nil {
		return err
	}
	s, err := readStore(disk, dir)
	rec.Step("Rot").String("node", node).Int("index", index).State(s)
	return err
}

// View is the spec's View of a store that is down.
func (s storeFiles) View(o *trace.Object) {
	o.String("mode", "down").Uint("first", s.log.First).Uint("base", s.log.Base).Int("segments", len(s.log.Names))
	o.Uint("length", s.log.Last()).Int("synced", 0).Int("applied", 0).Int("size", 0).String("last", "none")
	o.Ints("snapshots", s.snapshots...).Int("taking", 0).Bool("flushed", false)
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
	named := slices.Contains(s.snapshots, known.Int("taking"))
	switch segments := len(s.log.Names); {
	case s.log.First > known.Uint("first"):
		last["first"], last["segments"] = int(s.log.First), known.Int("segments")-1
		rec.Step("DropOldest").String("node", node).State(last)
	case segments > known.Int("segments"):
		last["base"], last["segments"] = int(s.log.Base), segments
		rec.Step("Roll").String("node", node).State(last)
	default:
		recordRemoval(rec, last, s)
	}
	rec.Step("Crash").String("node", node).Uint("left", s.log.Last()).Bool("named", named).State(s)
	return known.Err()
}

// recordRemoval records the removal of the oldest snapshot, if that has happened.
func recordRemoval(rec *trace.Recorder, last logs.View, s storeFiles) {
	kept, _ := last["snapshots"].([]trace.Value)
	if last["mode"] != "up" || len(kept) == 0 {
		return
	}
	index, _ := kept[0].(int)
	if slices.Contains(s.snapshots, index) {
		return
	}
	last["snapshots"] = kept[1:]
	rec.Step("RemoveSnapshot").String("node", node).Int("index", index).State(last)
}
