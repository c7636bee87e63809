package lowwatermark

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/impl/segmentedlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// TestSpecAcceptsIndexesThatCrossPowersOfTwo: random work with faults on a store whose indexes
// begin just below 2^16, 2^31 and 2^32. The recorder takes the beginning off; an index that was
// cut to fewer bits shows.
func TestSpecAcceptsIndexesThatCrossPowersOfTwo(t *testing.T) {
	if testing.Short() {
		t.Skip("needs Java and TLC")
	}
	var all []*trace.Trace
	for seed := int64(1); seed < 24; seed++ {
		if before := toolbox.CountFrom(nil, seed); before > 0 {
			all = append(all, high(t, seed, before))
		}
	}
	conformance.Accepts(t, Pattern.Spec, all...)
}

// high records a run of the scenario faults. The first update has an index above before, and the
// run takes snapshots beyond the power of two.
func high(t *testing.T, seed int64, before uint64) *trace.Trace {
	var s *subject
	subjects, create := subjects, subjects.Create
	subjects.Create = func(h *logs.Harness) logs.Subject {
		s = create(h).(*subject)
		return &raised{subject: s, first: before}
	}
	run := conformance.Run{Path: filepath.Join(t.TempDir(), "high.ndjson"), Seed: seed}
	require.NoError(t, subjects.Faults(1, "").Run(t.Context(), run), "seed %d", seed)
	now := s.store.Status()
	require.Greater(t, now.Applied, before+2, "seed %d", seed)
	require.Greater(t, slices.Max(now.Snapshots), before+1, "seed %d", seed)
	recorded, err := trace.ReadFile(run.Path)
	require.NoError(t, err)
	return recorded
}

// raised is a subject whose first index becomes a high one before its first operation.
type raised struct {
	*subject
	first uint64 // the index before it
}

func (r *raised) Do(op logs.Operation) {
	if r.before == 0 {
		r.before = r.first
		r.Must(logs.InTurn(func() error { return r.append(1) }, r.store.Snapshot))
		r.Close()
		r.End(logs.Operation{})
		r.Must(logs.InTurn(r.raiseLog, r.raiseSnapshot))
		r.Rec.CountFrom(r.before)
		r.Must(errors.Join(r.Start(), r.append(6)))
		r.hold(names[0], r.before+2, r.store.Status())
		r.time += 2 * retention
		r.Must(r.Settle())
	}
	r.subject.Do(op)
}

// raiseLog makes the log anew with its one entry, as if others had been before it.
func (r *raised) raiseLog() error {
	folder := filepath.Join(dir, "log")
	open := func() (*segmentedlog.Log, error) {
		return segmentedlog.Open(folder, segmentedlog.Options{FS: r.Disk, Preallocate: -1})
	}
	f, err := readStore(r.Disk, dir)
	r.Check(len(f.log.Names) == 1 && f.log.Last() == 1, "there are %d segments", len(f.log.Names))
	err = errors.Join(err, r.Disk.Remove(filepath.Join(folder, f.log.Names[0])))
	log, failed := open()
	r.Must(errors.Join(err, failed, log.Close()))
	names, err := r.Disk.List(folder)
	name := fmt.Sprintf("%020d-%020d.seg", 1, r.before+1)
	r.Must(errors.Join(err, r.Disk.Rename(filepath.Join(folder, names[0]), filepath.Join(folder, name)), r.Disk.SyncDir(folder)))
	log, err = open()
	r.Must(err)
	_, err = log.Append(0, []byte(logs.At(r.before+1)))
	return errors.Join(err, log.Close())
}

// raiseSnapshot gives the only snapshot the index of that entry.
func (r *raised) raiseSnapshot() error {
	_, from := temporaryAndName(1)
	_, to := temporaryAndName(r.before + 1)
	r.Must(errors.Join(r.Disk.Rename(from, to), r.Disk.SyncDir(dir)))
	b, err := logs.Contents(r.Disk, to)
	r.Must(err)
	sum := crc32.MakeTable(crc32.Castagnoli)
	checksum := crc32.Update(crc32.Checksum(binary.LittleEndian.AppendUint64(b[:8:8], r.before+1), sum), sum, b[snapshotHeader:])
	file, err := r.Disk.Open(to)
	r.Must(err)
	_, err = file.WriteAt(binary.LittleEndian.AppendUint32(nil, checksum), 8)
	return errors.Join(err, file.Sync(), file.Close())
}
