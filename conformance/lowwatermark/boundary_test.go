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
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs/logstest"
	"github.com/lockstep-tla/lockstep/impl/segmentedlog"
)

// TestSpecAcceptsIndexesThatCrossPowersOfTwo: random work with faults on a store whose indexes
// begin just below 2^16, 2^31 and 2^32. The recorder takes the beginning off; an index that was
// cut to fewer bits shows.
func TestSpecAcceptsIndexesThatCrossPowersOfTwo(t *testing.T) {
	all := logstest.High(t, subjects, 24, raise, func(s logs.Subject, before uint64) {
		now := s.(*subject).store.Status()
		require.Greater(t, now.Applied, before+2)
		require.Greater(t, slices.Max(now.Snapshots), before+1)
	})
	conformance.Accepts(t, Pattern.Spec, all...)
}

// raise gives an only entry and an only snapshot the index before+1. The next entries are held,
// and become old.
func raise(of logs.Subject, before uint64) {
	s := of.(*subject)
	s.before = before
	s.Must(logs.InTurn(func() error { return s.append(1) }, s.store.Snapshot))
	s.Close()
	s.End(logs.Operation{})
	s.Must(logs.InTurn(s.raiseLog, s.raiseSnapshot))
	s.Rec.CountFrom(before)
	s.Must(errors.Join(s.Start(), s.append(6)))
	s.hold(names[0], before+2, s.store.Status())
	s.time += 2 * retention
	s.Must(s.Settle())
}

// raiseLog makes the log anew with its one entry, as if others had been before it.
func (s *subject) raiseLog() error {
	folder := filepath.Join(dir, "log")
	open := func() (*segmentedlog.Log, error) {
		return segmentedlog.Open(folder, segmentedlog.Options{FS: s.Disk, Preallocate: -1})
	}
	f, err := readStore(s.Disk, dir)
	s.Check(len(f.log.Names) == 1 && f.log.Last() == 1, "there are %d segments", len(f.log.Names))
	err = errors.Join(err, s.Disk.Remove(filepath.Join(folder, f.log.Names[0])))
	log, failed := open()
	s.Must(errors.Join(err, failed, log.Close()))
	names, err := s.Disk.List(folder)
	name := fmt.Sprintf("%020d-%020d.seg", 1, s.before+1)
	s.Must(errors.Join(err, s.Disk.Rename(filepath.Join(folder, names[0]), filepath.Join(folder, name)), s.Disk.SyncDir(folder)))
	log, err = open()
	s.Must(err)
	_, err = log.Append(0, []byte(logs.At(s.before+1)))
	return errors.Join(err, log.Close())
}

// raiseSnapshot gives the only snapshot the index of that entry.
func (s *subject) raiseSnapshot() error {
	_, from := temporaryAndName(1)
	_, to := temporaryAndName(s.before + 1)
	s.Must(errors.Join(s.Disk.Rename(from, to), s.Disk.SyncDir(dir)))
	b, err := logs.Contents(s.Disk, to)
	s.Must(err)
	sum := crc32.MakeTable(crc32.Castagnoli)
	checksum := crc32.Update(crc32.Checksum(binary.LittleEndian.AppendUint64(b[:8:8], s.before+1), sum), sum, b[snapshotHeader:])
	file, err := s.Disk.Open(to)
	s.Must(err)
	_, err = file.WriteAt(binary.LittleEndian.AppendUint32(nil, checksum), 8)
	return errors.Join(err, file.Sync(), file.Close())
}
