package lowwatermark_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/lowwatermark"
)

// closed returns the disk of a closed store with the snapshots 8 and 10 and a log that
// begins behind entry 1.
func closed(t *testing.T) *disktest.Disk {
	fs := disktest.New()
	store, _ := open(t, fs, lowwatermark.Options{})
	snapshots(t, store, 5)
	require.NoError(t, store.Close())
	return fs
}

func snap(index int) string { return fmt.Sprintf("store/%020d.snap", index) }

func names(t *testing.T, fs disk.FS, dir string) []string {
	all, err := fs.List(dir)
	require.NoError(t, err)
	return all
}

// refuse opens a store twice and returns the error, which must be the same.
func refuse(t *testing.T, fs disk.FS) error {
	_, first := lowwatermark.Open("store", new(lines), lowwatermark.Options{FS: fs})
	require.Error(t, first)
	_, second := lowwatermark.Open("store", new(lines), lowwatermark.Options{FS: fs})
	require.EqualError(t, second, first.Error())
	return second
}

// TestALogThatEndsBeforeASnapshotIsDamaged, also if the snapshot itself is damaged: its
// name says that there were more entries.
func TestALogThatEndsBeforeASnapshotIsDamaged(t *testing.T) {
	for _, all := range []bool{true, false} {
		for _, damaged := range [][]int{{}, {10}, {8, 10}} {
			fs := closed(t)
			lost := names(t, fs, "store/log")
			if !all {
				lost = lost[len(lost)-1:]
			}
			for _, name := range lost {
				require.NoError(t, fs.Remove(filepath.Join("store/log", name)))
			}
			for _, index := range damaged {
				require.NoError(t, fs.Rot(snap(index), 40, 4))
			}
			before := names(t, fs, "store")
			err := refuse(t, fs)
			require.ErrorIs(t, err, lowwatermark.ErrDamaged)
			require.ErrorContains(t, err, "snapshot 10")
			require.ErrorContains(t, err, map[bool]string{true: "entry 0", false: "entry 9"}[all])
			require.Equal(t, before, names(t, fs, "store"))
		}
	}
}

// TestAnUnreadableSnapshotCostsNothing as long as the state can be rebuilt without it. Its
// file stays until two newer snapshots replace it: the disk may read it next time.
func TestAnUnreadableSnapshotCostsNothing(t *testing.T) {
	for _, unreadable := range []int{8, 10} {
		fs := closed(t)
		require.NoError(t, fs.FailRead(snap(unreadable), 40))
		store, state := open(t, fs, lowwatermark.Options{})
		require.Len(t, state.all, 10)
		require.Equal(t, []uint64{uint64(18 - unreadable)}, store.Status().Snapshots)
		snapshots(t, store, 2)
		require.NoError(t, store.Close())
		require.Contains(t, names(t, fs, "store"), filepath.Base(snap(unreadable)))

		store, state = open(t, fs, lowwatermark.Options{})
		require.Len(t, state.all, 14)
		require.NotContains(t, names(t, fs, "store"), filepath.Base(snap(unreadable)))
		require.NoError(t, store.Close())
	}
}

func TestAnUnreadableSnapshotIsNotNeededIfTheLogHasAllEntries(t *testing.T) {
	fs := disktest.New()
	store, _ := open(t, fs, lowwatermark.Options{})
	snapshots(t, store, 1)
	require.NoError(t, store.Close())
	require.NoError(t, fs.FailRead(snap(2), 20))
	store, state := open(t, fs, lowwatermark.Options{})
	require.Len(t, state.all, 2)
	require.Empty(t, store.Status().Snapshots)
	require.Contains(t, names(t, fs, "store"), filepath.Base(snap(2)))
	require.NoError(t, store.Snapshot(), "in the place of the file")
	require.NoError(t, store.Close())
	store, _ = open(t, fs, lowwatermark.Options{})
	require.Equal(t, []uint64{2}, store.Status().Snapshots)
}

// TestAnUnreadableSnapshotThatIsNeededStays: the error is the disk's, and not that the
// state is damaged, since the disk may read the file next time.
func TestAnUnreadableSnapshotThatIsNeededStays(t *testing.T) {
	for _, damaged := range []bool{true, false} {
		fs := closed(t)
		require.NoError(t, fs.FailRead(snap(8), 40))
		if damaged {
			require.NoError(t, fs.Rot(snap(10), 40, 4))
		} else {
			require.NoError(t, fs.FailRead(snap(10), 40))
		}
		before := names(t, fs, "store")
		err := refuse(t, fs)
		require.ErrorIs(t, err, disk.ErrIO)
		require.NotErrorIs(t, err, lowwatermark.ErrDamaged)
		require.ErrorContains(t, err, filepath.Base(snap(8)))
		require.Equal(t, before, names(t, fs, "store"))
	}
}

// TestTransferFallsBackToTheOlderSnapshot if the newest one was damaged at work, or the
// disk cannot read it.
func TestTransferFallsBackToTheOlderSnapshot(t *testing.T) {
	for _, unreadable := range []bool{true, false} {
		fs := closed(t)
		store, _ := open(t, fs, lowwatermark.Options{})
		if unreadable {
			require.NoError(t, fs.FailRead(snap(10), 40))
		} else {
			require.NoError(t, fs.Rot(snap(10), 40, 4))
		}
		index, state, err := store.Transfer("slow")
		require.NoError(t, err)
		require.Equal(t, uint64(8), index)
		other := new(lines)
		require.NoError(t, other.Restore(state))
		require.Len(t, other.all, 8)
		var read []uint64
		require.NoError(t, store.Read("slow", index+1, func(e lowwatermark.Entry) error {
			read = append(read, e.Index)
			return nil
		}))
		require.Equal(t, []uint64{9, 10}, read)
	}
}

// TestAFailedTransferHoldsNothing new: the holder holds what it held before.
func TestAFailedTransferHoldsNothing(t *testing.T) {
	fs := closed(t)
	store, _ := open(t, fs, lowwatermark.Options{})
	require.NoError(t, store.Hold("other", 9))
	require.NoError(t, fs.Rot(snap(8), 40, 4))
	require.NoError(t, fs.Rot(snap(10), 40, 4))
	for _, holder := range []string{"slow", "other"} {
		_, _, err := store.Transfer(holder)
		require.ErrorIs(t, err, lowwatermark.ErrDamaged)
		require.ErrorContains(t, err, "snapshot 8")
		require.ErrorContains(t, err, "snapshot 10")
	}
	snapshots(t, store, 4)
	require.Equal(t, uint64(8), store.Status().Mark)
	require.NoError(t, store.Release("other"))
	require.Equal(t, uint64(16), store.Status().Mark)
}

func TestSizesMustNotBeNegative(t *testing.T) {
	for name, options := range map[string]lowwatermark.Options{
		"SegmentSize": {SegmentSize: -1}, "MaxEntry": {MaxEntry: -1},
	} {
		options.FS = disktest.New()
		_, err := lowwatermark.Open("store", new(lines), options)
		require.ErrorIs(t, err, lowwatermark.ErrOptions)
		require.ErrorContains(t, err, name)
		require.ErrorContains(t, err, "-1")
		require.Empty(t, names(t, options.FS, "."))
	}
}

// TestOpenRemovesItsOwnFilesAlone: what a crash has left of a snapshot goes, and a file
// whose name only looks like it stays.
func TestOpenRemovesItsOwnFilesAlone(t *testing.T) {
	fs := closed(t)
	own := fmt.Sprintf("%020d.tmp", 12)
	others := []string{"my.tmp", "12.tmp", fmt.Sprintf("%020d.tmp", 0), fmt.Sprintf("%020d.tmp~", 12)}
	for _, name := range append(slices.Clone(others), own) {
		_, err := fs.Create(filepath.Join("store", name))
		require.NoError(t, err)
	}
	store, _ := open(t, fs, lowwatermark.Options{})
	require.NoError(t, store.Close())
	require.Subset(t, names(t, fs, "store"), others)
	require.NotContains(t, names(t, fs, "store"), own)
}
