package lowwatermark

import (
	"encoding/binary"
	"fmt"
	"math"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/internal/folder"
)

func TestNamesHoldTheLargestIndex(t *testing.T) {
	for _, index := range []uint64{1, 1 << 16, 1 << 31, 1 << 63, math.MaxUint64} {
		require.Equal(t, index, indexIn(fileName(index, suffix), suffix))
		require.Len(t, fileName(index, suffix), 20+len(suffix))
	}
	for _, name := range []string{"18446744073709551616", "00000000000000000000", "0000000000000000001", "000000000000000000001"} {
		require.Zero(t, indexIn(name+suffix, suffix), name)
	}
}

func TestTheLongestUpdateFits(t *testing.T) {
	store, err := Open("store", new(counter), Options{FS: disktest.New(), MaxEntry: 10})
	require.NoError(t, err)
	_, err = store.Append(0, make([]byte, 11))
	require.ErrorIs(t, err, ErrTooLarge)
	index, err := store.Append(0, make([]byte, 10))
	require.NoError(t, err)
	require.EqualValues(t, 1, index)
	require.NoError(t, store.Close())
}

// put makes a snapshot's file, with a number of bytes cut off from its end.
func put(t *testing.T, fs *disktest.Disk, s snapshot, cut int) {
	b := binary.LittleEndian.AppendUint32([]byte(magic), s.checksum())
	b = append(b, s.state...)
	require.NoError(t, folder.Write(fs, filepath.Join("store", fileName(s.index, suffix)), b[:len(b)-cut]))
	require.NoError(t, fs.SyncDir("store"))
}

// TestASnapshotMayBeEmpty: its file has the header alone, and one byte less is damage.
func TestASnapshotMayBeEmpty(t *testing.T) {
	for cut, whole := range []bool{true, false} {
		fs := disktest.New()
		require.NoError(t, folder.Make(fs, "store"))
		put(t, fs, snapshot{index: 1}, cut)
		path := filepath.Join("store", fileName(1, suffix))
		s, err := readSnapshot(fs, path, 1)
		require.NoError(t, err)
		require.Empty(t, s.state)
		require.Equal(t, whole, IsValid(s), "%d bytes cut off", cut)
	}
}

// TestIndexesCrossPowersOfTwo: a store whose older updates are in snapshots only goes on
// with large indexes, at which a narrower number would end.
func TestIndexesCrossPowersOfTwo(t *testing.T) {
	for _, power := range []uint64{1 << 16, 1 << 31, 1 << 32, 1 << 63} {
		t.Run(fmt.Sprint(power), func(t *testing.T) {
			fs := disktest.New()
			options := Options{FS: fs, SegmentSize: 1} // an update in each segment
			store, err := Open("store", new(counter), options)
			require.NoError(t, err)
			require.NoError(t, store.Close())
			names, err := fs.List("store/log")
			require.NoError(t, err)
			name := fmt.Sprintf("store/log/%020d-%020d.seg", 1, power-1)
			require.NoError(t, folder.Rename(fs, filepath.Join("store/log", names[0]), name))
			put(t, fs, snapshot{index: power - 2, state: []byte{5}}, 0)

			machine := new(counter)
			store, err = Open("store", machine, options)
			require.NoError(t, err)
			for i := range uint64(4) {
				index, err := store.Append(0, []byte("update"))
				require.NoError(t, err)
				require.Equal(t, power-1+i, index)
				require.NoError(t, store.Snapshot())
			}
			require.Equal(t, []uint64{power + 1, power + 2}, store.Status().Snapshots)
			require.Equal(t, power+1, store.Status().Mark)
			require.Equal(t, power+2, store.Status().First)
			require.NoError(t, store.Close())

			machine = new(counter)
			store, err = Open("store", machine, options)
			require.NoError(t, err)
			require.Equal(t, power+2, store.Status().Applied)
			require.EqualValues(t, 9, machine.n)
			require.NoError(t, store.Close())
		})
	}
}
