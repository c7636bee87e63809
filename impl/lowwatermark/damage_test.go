package lowwatermark_test

import (
	"fmt"
	"path/filepath"
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
