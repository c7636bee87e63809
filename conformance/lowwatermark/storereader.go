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
