package writeaheadlog

import (
	"bytes"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
)

// counting counts the bytes that are read.
type counting struct {
	FS
	read atomic.Int64
}

type countingFile struct {
	disk.File
	read *atomic.Int64
}

func (c *counting) Open(name string) (disk.File, error) {
	f, err := c.FS.Open(name)
	return countingFile{f, &c.read}, err
}

func (f countingFile) ReadAt(b []byte, at int64) (int, error) {
	n, err := f.File.ReadAt(b, at)
	f.read.Add(int64(n))
	return n, err
}

// withPositions returns a core that keeps positions, and has entries of such a size.
func withPositions(t *testing.T, fs FS, p *Positions, n, size int) *Core {
	t.Helper()
	c, err := NewCore(CoreConfig{FS: fs, Path: "log", Machine: noMachine{}, MaxEntry: 1 << 20, Salt: 7, Positions: p})
	require.NoError(t, err)
	require.NoError(t, c.Recover(Group))
	add(t, c, n, size)
	return c
}

// add appends flushed entries. The first byte of each is its index, as far as that fits.
func add(t *testing.T, c *Core, n, size int) {
	t.Helper()
	for range n {
		require.NoError(t, c.AppendEntry(0, 0, bytes.Repeat([]byte{byte(c.Length() + 1)}, size)))
	}
	if n > 0 {
		require.NoError(t, c.Sync(c.Length()))
	}
}

// entryAt reads one entry, with the help of positions, and counts the bytes that it reads.
func entryAt(t *testing.T, fs FS, p *Positions, index uint64) (e Entry, read int64, err error) {
	t.Helper()
	c := &counting{FS: fs}
	f, err := OpenReader(c, "log")
	require.NoError(t, err)
	defer f.Close()
	f.SkipTo(index, p)
	for err == nil && f.Index() < index {
		e, err = f.Next()
	}
	return e, c.read.Load(), err
}

func requireEntry(t *testing.T, fs FS, p *Positions, index uint64) (read int64) {
	t.Helper()
	e, read, err := entryAt(t, fs, p, index)
	require.NoError(t, err, "entry %d", index)
	require.Equal(t, index, e.Index)
	require.Equal(t, byte(index), e.Payload[0])
	return read
}

// TestPositionsSaveReading: of a file of 400 entries, 1 KiB each, the last one is found with
// what a reader reads at once, if its position was noted by the log that appended it, by the
// one that opened the file, or by an earlier reader.
func TestPositionsSaveReading(t *testing.T) {
	const n, few = 400, 2 << 16
	fs, appended := disktest.New(), NewPositions(0)
	require.NoError(t, withPositions(t, fs, appended, n, 1000).Abandon())
	require.Less(t, requireEntry(t, fs, appended, n), int64(few))

	opened := NewPositions(0)
	require.NoError(t, withPositions(t, fs, opened, 0, 0).Abandon())
	require.Equal(t, appended.known, opened.known)

	read := NewPositions(0)
	require.Greater(t, requireEntry(t, fs, read, n), int64(n*1000))
	require.Equal(t, appended.known, read.known)
	require.Less(t, requireEntry(t, fs, read, n), int64(few))
	require.Greater(t, requireEntry(t, fs, nil, n), int64(n*1000), "without positions")
}

// TestPositionsAreSparse: there is one each 64 KiB, or as the caller says.
func TestPositionsAreSparse(t *testing.T) {
	for _, interval := range []int64{0, 1, 1000, 1 << 40} {
		p := NewPositions(interval)
		if interval == 0 {
			interval = 64 << 10
		}
		fs := disktest.New()
		c := withPositions(t, fs, p, 300, 1000)
		last := int64(fileHeaderSize)
		for _, at := range p.known {
			require.GreaterOrEqual(t, at.offset-last, interval)
			require.Less(t, at.offset-last, interval+room(1000))
			require.Equal(t, fileHeaderSize+int64(at.index-1)*room(1000), at.offset)
			last = at.offset
		}
		require.Less(t, c.Size()-room(1000)-last, interval)
		for i := uint64(1); i <= 300; i++ {
			requireEntry(t, fs, p, i)
		}
		require.NoError(t, c.Abandon())
	}
}

// TestPositionsOfTruncatedEntriesAreForgotten: what takes their place is longer.
func TestPositionsOfTruncatedEntriesAreForgotten(t *testing.T) {
	fs, p := disktest.New(), NewPositions(1)
	c := withPositions(t, fs, p, 9, 10)
	require.NoError(t, c.TruncateFrom(4))
	require.EqualValues(t, 3, p.before(9).index)
	require.NoError(t, c.Cut())
	add(t, c, 6, 50)
	for i := uint64(1); i <= 9; i++ {
		requireEntry(t, fs, p, i)
	}
	require.NoError(t, c.Abandon())

	// The same positions, for a file that was shortened meanwhile.
	require.NoError(t, Shorten(fs, "log", 5))
	c = withPositions(t, fs, p, 4, 3)
	for i := uint64(1); i <= 9; i++ {
		requireEntry(t, fs, p, i)
	}
	require.NoError(t, c.Abandon())
}

// TestAWrongPositionIsNoticed: an entry has its index, and its checksum covers it. A position
// that is wrong by one entry, in the middle of one, or behind the end gives no entry.
func TestAWrongPositionIsNoticed(t *testing.T) {
	fs := disktest.New()
	require.NoError(t, withPositions(t, fs, nil, 9, 10).Abandon())
	right := fileHeaderSize + 4*room(10) // of entry 5
	for _, wrong := range []int64{right - room(10), right + room(10), right + alignment, right + 3, 0, 1 << 20} {
		p := NewPositions(1)
		p.known = []position{{index: 5, offset: wrong}}
		for i := uint64(5); i <= 9; i++ {
			_, _, err := entryAt(t, fs, p, i)
			require.ErrorIs(t, err, ErrDamaged, "%d", wrong)
		}
		requireEntry(t, fs, p, 4)
	}
	p := NewPositions(1)
	p.known = []position{{index: 5, offset: right}}
	for i := uint64(1); i <= 9; i++ {
		requireEntry(t, fs, p, i)
	}
}

// TestDamageBehindAPositionIsNoticed, and damage before it is not read.
func TestDamageBehindAPositionIsNoticed(t *testing.T) {
	fs, p := disktest.New(), NewPositions(1)
	require.NoError(t, withPositions(t, fs, p, 9, 10).Abandon())
	require.NoError(t, fs.Rot("log", fileHeaderSize+4*room(10)+recordHeaderSize, 1))
	requireEntry(t, fs, p, 4)
	_, _, err := entryAt(t, fs, p, 5)
	require.ErrorIs(t, err, ErrDamaged)
	requireEntry(t, fs, p, 6)
	_, _, err = entryAt(t, fs, nil, 6)
	require.ErrorIs(t, err, ErrDamaged)
}
