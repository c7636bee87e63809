package segmentedlog

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
)

// TestASegmentIsFullExactly: 24 bytes are the header, and 40 each entry. With a byte more
// another entry fits.
func TestASegmentIsFullExactly(t *testing.T) {
	for size, want := range map[int64]int{24 + 2*40 - 1: 3, 24 + 2*40: 3, 24 + 2*40 + 1: 2} {
		l := opened(t, disktest.New(), Options{SegmentSize: size})
		for range 6 {
			require.NoError(t, submit(l))
		}
		require.Equal(t, want, l.Status().Segments, "%d bytes", size)
		requireEntries(t, l, 1, 6)
		require.NoError(t, l.Close())
	}
}

func TestTheLongestEntryFits(t *testing.T) {
	fs := disktest.New()
	l := opened(t, fs, Options{MaxEntry: 10})
	_, err := l.Append(0, make([]byte, 11))
	require.ErrorIs(t, err, ErrTooLarge)
	_, err = l.Append(0, make([]byte, 10))
	require.NoError(t, err)
	require.NoError(t, l.Close())
	l = opened(t, fs, Options{MaxEntry: 10})
	require.EqualValues(t, 1, l.Status().Appended)
	require.NoError(t, l.Close())
}

// TestIndexesCrossPowersOfTwo: a log whose older segments were removed goes on with large
// indexes, at which a narrower number would end.
func TestIndexesCrossPowersOfTwo(t *testing.T) {
	for _, power := range []uint64{1 << 16, 1 << 31, 1 << 32, 1 << 63} {
		t.Run(fmt.Sprint(power), func(t *testing.T) {
			fs := disktest.New()
			require.NoError(t, opened(t, fs, Options{}).Close())
			first := power - 3
			name := filepath.Join(dir, fileName(Segment{Number: power - 1, Base: first}))
			require.NoError(t, fs.Rename(filepath.Join(dir, fileName(Segment{1, 1})), name))
			require.NoError(t, fs.SyncDir(dir))

			record := (32 + len(fmt.Sprint(power)) + 7) / 8 * 8
			l := opened(t, fs, Options{SegmentSize: int64(24 + 2*record), Hold: true})
			require.Equal(t, first, l.Status().First)
			for range 6 {
				require.NoError(t, submit(l))
			}
			require.Equal(t, 3, l.Status().Segments)
			require.NoError(t, l.Commit(power-1))
			require.NoError(t, l.TruncateFrom(power)) // in the segment before the open one
			require.Equal(t, power-1, l.Status().Appended)
			require.NoError(t, submit(l))
			require.NoError(t, submit(l))
			require.NoError(t, l.Commit(power+1))
			requireEntries(t, l, first, power+1)
			require.NoError(t, l.DropBefore(power-1))
			require.Equal(t, power-1, l.Status().First)
			require.NoError(t, l.Close())
			l = opened(t, fs, Options{})
			requireEntries(t, l, power-1, power+1)
			require.NoError(t, l.Close())
		})
	}
}
