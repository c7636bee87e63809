package segmentedlog

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
)

const dir = "log"

func opened(t *testing.T, fs disk.FS, o Options) *Log {
	t.Helper()
	o.FS = fs
	l, err := Open(dir, o)
	require.NoError(t, err)
	return l
}

// fill appends entries whose payloads have their index, with a segment for every per of
// them.
func fill(t *testing.T, l *Log, n, per int) {
	t.Helper()
	for range n {
		if next := l.Status().Appended + 1; next > 1 && (next-1)%uint64(per) == 0 {
			require.NoError(t, l.Roll())
		}
		require.NoError(t, submit(l))
	}
}

func submit(l *Log) error {
	t, err := l.Submit(0, fmt.Append(nil, l.Status().Appended+1))
	if err != nil || l.options.Hold {
		return errors.Join(err, l.Sync())
	}
	return t.Wait()
}

// requireEntries reads all entries, each of which must have its index for a payload.
func requireEntries(t *testing.T, l *Log, from, to uint64) {
	t.Helper()
	next := from
	for e, err := range l.Entries(from) {
		require.NoError(t, err)
		require.Equal(t, next, e.Index)
		require.Equal(t, fmt.Sprint(next), string(e.Payload))
		next++
	}
	require.Equal(t, to+1, next)
}

func files(t *testing.T, fs disk.FS) []string {
	t.Helper()
	names, err := fs.List(dir)
	require.NoError(t, err)
	return names
}

// TestSegmentsAreFullBySize has segments of 100 bytes: 24 for the header, and 40 for each
// entry.
func TestSegmentsAreFullBySize(t *testing.T) {
	fs := disktest.New()
	l := opened(t, fs, Options{SegmentSize: 100})
	for range 7 {
		require.NoError(t, submit(l))
	}
	require.Equal(t, 4, l.Status().Segments)
	requireEntries(t, l, 1, 7)
	require.NoError(t, l.Close())
	require.Len(t, files(t, fs), 4)
	l = opened(t, fs, Options{})
	requireEntries(t, l, 1, 7)
}

// TestAnEntryLongerThanASegmentFits has entries that are longer than a segment should be:
// each gets its own.
func TestAnEntryLongerThanASegmentFits(t *testing.T) {
	l := opened(t, disktest.New(), Options{SegmentSize: 1, MaxEntry: 10})
	for range 3 {
		require.NoError(t, submit(l))
	}
	require.Equal(t, 3, l.Status().Segments)
	_, err := l.Append(0, make([]byte, 11))
	require.ErrorIs(t, err, ErrTooLarge)
	requireEntries(t, l, 1, 3)
}

// countReads notes which files are read, and how many bytes.
type countReads struct {
	disk.FS
	read  map[string]bool
	bytes int64
}

type countedFile struct {
	disk.File
	name string
	fs   *countReads
}

func (c *countReads) Open(name string) (disk.File, error) {
	f, err := c.FS.Open(name)
	return &countedFile{f, name, c}, err
}

func (f *countedFile) ReadAt(b []byte, at int64) (int, error) {
	f.fs.read[filepath.Base(f.name)] = true
	n, err := f.File.ReadAt(b, at)
	f.fs.bytes += int64(n)
	return n, err
}

// TestOpeningReadsOneSegment counts the files that are read.
func TestOpeningReadsOneSegment(t *testing.T) {
	fs := disktest.New()
	l := opened(t, fs, Options{})
	fill(t, l, 12, 2)
	require.NoError(t, l.Close())
	c := &countReads{FS: fs, read: map[string]bool{}}
	l = opened(t, c, Options{})
	require.Equal(t, Status{First: 1, Appended: 12, Synced: 12, Acknowledged: 12, Segments: 6}, l.Status())
	names := files(t, fs)
	require.Equal(t, map[string]bool{names[5]: true}, c.read)
	requireEntries(t, l, 5, 12)
	require.Len(t, c.read, 4, "a reader begins in the segment that has its first entry")
}

// TestNamesAreRefused has files that are no segments, and some that cannot be ours.
func TestNamesAreRefused(t *testing.T) {
	for name, refused := range map[string]bool{
		"notes.txt": false, "1-1.seg.old": false,
		"1-1.seg": true, "x.seg": true, fileName(Segment{0, 5}): true, fileName(Segment{2, 0}): true,
		fileName(Segment{1, 7}): true, fileName(Segment{2, 1}): true,
		strings.Replace(fileName(Segment{2, 4}), "-", "_", 1): true,
	} {
		fs := disktest.New()
		l := opened(t, fs, Options{})
		fill(t, l, 3, 5)
		require.NoError(t, l.Close())
		_, err := fs.Create(filepath.Join(dir, name))
		require.NoError(t, err)
		_, err = Open(dir, Options{FS: fs})
		if refused {
			require.ErrorIs(t, err, ErrName, name)
		} else {
			require.NoError(t, err, name)
		}
	}
}

// TestNumbersAreInOrder goes beyond where the text of numbers is in order.
func TestNumbersAreInOrder(t *testing.T) {
	require.True(t, IsBefore(Segment{Number: 9}, Segment{Number: 10}))
	require.False(t, IsBefore(Segment{Number: 10}, Segment{Number: 9}))
	fs := disktest.New()
	l := opened(t, fs, Options{})
	fill(t, l, 101, 1)
	require.NoError(t, l.Close())
	l = opened(t, fs, Options{})
	requireEntries(t, l, 1, 101)
	s, err := parseName(fileName(Segment{1 << 63, 1<<64 - 1}))
	require.NoError(t, err)
	require.Equal(t, Segment{1 << 63, 1<<64 - 1}, s)
}

// TestAMissingSegmentIsNamed takes each of five files away in turn.
func TestAMissingSegmentIsNamed(t *testing.T) {
	for i := range 5 {
		fs := disktest.New()
		l := opened(t, fs, Options{})
		fill(t, l, 10, 2)
		require.NoError(t, l.Close())
		require.NoError(t, fs.Remove(filepath.Join(dir, files(t, fs)[i])))
		l, err := Open(dir, Options{FS: fs})
		if i == 0 || i == 4 { // no log can know that
			require.NoError(t, err)
			require.Equal(t, map[int]uint64{0: 3, 4: 1}[i], l.Status().First)
			continue
		}
		var missing *MissingError
		require.ErrorAs(t, err, &missing)
		require.EqualValues(t, i+1, missing.Number)
		require.ErrorIs(t, err, ErrDamaged)
		require.Contains(t, err.Error(), fmt.Sprintf("segment %d", i+1))
	}
}

// TestDamageOfASealedSegmentIsReported damages it, and cuts it short.
func TestDamageOfASealedSegmentIsReported(t *testing.T) {
	for _, damage := range []func(fs *disktest.Disk, name string) error{
		func(fs *disktest.Disk, name string) error { return fs.Rot(name, 24+32+40, 1) },
		func(fs *disktest.Disk, name string) error {
			f, err := fs.Open(name)
			return errors.Join(err, f.Truncate(24+40))
		},
		func(fs *disktest.Disk, name string) error { return fs.Rot(name, 0, 1) },
		func(fs *disktest.Disk, name string) error { return fs.Remove(name) },
	} {
		fs := disktest.New()
		l := opened(t, fs, Options{Hold: true})
		fill(t, l, 6, 3)
		require.NoError(t, l.Commit(4))
		name := filepath.Join(dir, files(t, fs)[0])
		require.NoError(t, damage(fs, name))
		var failed error
		read := 0
		for _, err := range l.Entries(1) {
			failed = err
			read++
		}
		require.Error(t, failed)
		require.LessOrEqual(t, read, 2)
		// It is not cut off as if it were torn.
		require.NoError(t, l.TruncateFrom(5))
		require.NoError(t, l.Close())
	}
}

// TestASealedSegmentThatIsDamagedIsNotOpenedAgain truncates the segment behind it.
func TestASealedSegmentThatIsDamagedIsNotOpenedAgain(t *testing.T) {
	fs := disktest.New()
	l := opened(t, fs, Options{Hold: true})
	fill(t, l, 4, 3)
	require.NoError(t, fs.Rot(filepath.Join(dir, files(t, fs)[0]), 24+32+2*40, 1))
	require.ErrorIs(t, l.TruncateFrom(3), ErrDamaged)
	require.ErrorIs(t, l.Err(), ErrDamaged)
	_, err := l.Append(0, nil)
	require.ErrorIs(t, err, ErrDamaged)
	require.ErrorIs(t, l.Close(), ErrDamaged)
}

// TestTruncateFromGoesAcrossSegments truncates from each entry on, and looks again after
// a crash.
func TestTruncateFromGoesAcrossSegments(t *testing.T) {
	for from := uint64(3); from <= 8; from++ {
		fs := disktest.New()
		l := opened(t, fs, Options{Hold: true})
		fill(t, l, 7, 2)
		require.NoError(t, l.Commit(2))
		wait := make(chan error)
		if from <= 7 {
			last := Ticket{Index: 7, log: l}
			go func() { wait <- last.Wait() }()
		}
		require.ErrorIs(t, l.TruncateFrom(2), ErrAcknowledged)
		require.ErrorIs(t, l.TruncateFrom(0), ErrAcknowledged)
		require.NoError(t, l.TruncateFrom(from))
		if from <= 7 {
			require.ErrorIs(t, <-wait, ErrTruncated)
		}
		fs.Crash(nil)
		l = opened(t, fs, Options{})
		require.Equal(t, from-1, l.Status().Appended)
		requireEntries(t, l, 1, from-1)
		fill(t, l, 3, 2)
		requireEntries(t, l, 1, from+2)
	}
}

// TestDropBeforeKeepsWhatIsNeeded drops before each index.
func TestDropBeforeKeepsWhatIsNeeded(t *testing.T) {
	for index, first := range []uint64{1, 1, 1, 3, 3, 5, 5, 5, 5} {
		l := opened(t, disktest.New(), Options{Hold: true})
		fill(t, l, 8, 2)
		require.NoError(t, l.Commit(5))
		require.NoError(t, l.DropBefore(uint64(index)))
		require.Equal(t, first, l.Status().First, "%d", index)
		requireEntries(t, l, first, 5)
		for _, err := range l.Entries(first - 1) {
			require.Equal(t, first > 1, errors.Is(err, ErrDropped))
			break
		}
	}
}

// TestAReaderOutlivesItsSegment drops the segment that a reader is reading.
func TestAReaderOutlivesItsSegment(t *testing.T) {
	l := opened(t, disktest.New(), Options{})
	fill(t, l, 6, 2)
	var got []uint64
	for e, err := range l.Entries(1) {
		if err != nil {
			require.ErrorIs(t, err, ErrDropped)
			break
		}
		if got = append(got, e.Index); e.Index == 1 {
			require.NoError(t, l.DropBefore(5))
		}
	}
	require.Equal(t, []uint64{1}, got)
}

// TestAFailureEndsTheWork fails each of the operations of a roll in turn.
func TestAFailureEndsTheWork(t *testing.T) {
	failed := 0
	for n := range 12 {
		count, fail := 0, errors.New("it fails")
		fs := disktest.New()
		on := false
		point := disktest.Failpoint{Before: func(disktest.Op) error {
			if on {
				if count++; count == n+1 {
					return fail
				}
			}
			return nil
		}}
		l := opened(t, disktest.Intercept(fs, point), Options{Preallocate: -1})
		fill(t, l, 2, 5)
		on = true
		err := l.Roll()
		on = false
		if err == nil {
			require.Greater(t, n, 3)
			continue
		}
		failed++
		require.ErrorIs(t, err, ErrPoisoned)
		require.ErrorIs(t, err, fail)
		_, err = l.Append(0, nil)
		require.ErrorIs(t, err, ErrPoisoned)
		require.ErrorIs(t, l.Sync(), ErrPoisoned)
		require.ErrorIs(t, l.Commit(1), ErrPoisoned)
		require.ErrorIs(t, l.DropBefore(1), ErrPoisoned)
		require.ErrorIs(t, l.TruncateFrom(1), ErrPoisoned)
		require.ErrorIs(t, l.Close(), ErrPoisoned)
		l = opened(t, fs, Options{})
		requireEntries(t, l, 1, 2)
		fill(t, l, 2, 1)
		requireEntries(t, l, 1, 4)
	}
	require.GreaterOrEqual(t, failed, 4)
}

// closes counts the files that are closed. The one with the number fails fails.
type closes struct {
	disk.FS
	count, fails int
}

type closed struct {
	disk.File
	all *closes
}

var errClose = errors.New("the file cannot be closed")

func (d *closes) file(f disk.File, err error) (disk.File, error) { return closed{f, d}, err }
func (d *closes) Create(name string) (disk.File, error)          { return d.file(d.FS.Create(name)) }
func (d *closes) Open(name string) (disk.File, error)            { return d.file(d.FS.Open(name)) }

func (f closed) Close() error {
	err := f.File.Close()
	if f.all.count++; f.all.count == f.all.fails {
		return errors.Join(errClose, err)
	}
	return err
}

// TestAFileThatCannotBeClosedEndsTheWork of a roll, and of a truncation that makes the open segment
// shorter, removes it, and makes the one before it shorter.
func TestAFileThatCannotBeClosedEndsTheWork(t *testing.T) {
	for name, work := range map[string]struct {
		do    func(*Log) error
		least int // files are closed
	}{
		"roll":     {(*Log).Roll, 1},
		"truncate": {func(l *Log) error { return l.TruncateFrom(2) }, 3},
	} {
		failed := 0
		for n := 1; ; n++ {
			fake := disktest.New()
			fs := &closes{FS: fake}
			l := opened(t, fs, Options{Hold: true})
			fill(t, l, 4, 2)
			require.NoError(t, l.Commit(1))
			fs.fails = fs.count + n
			err := work.do(l)
			if fs.count < fs.fails {
				require.NoError(t, err, name)
				break
			}
			failed++
			require.ErrorIs(t, err, ErrPoisoned, "%s, %d", name, n)
			require.ErrorIs(t, err, errClose)
			_, err = l.Append(0, nil)
			require.ErrorIs(t, err, ErrPoisoned)
			require.ErrorIs(t, l.Close(), ErrPoisoned)
			l = opened(t, fake, Options{})
			require.GreaterOrEqual(t, l.Status().Appended, uint64(1))
			requireEntries(t, l, 1, l.Status().Appended)
		}
		require.GreaterOrEqual(t, failed, work.least, name)
	}
}

// TestClosedLogRefuses uses a log after Close.
func TestClosedLogRefuses(t *testing.T) {
	l := opened(t, disktest.New(), Options{})
	fill(t, l, 1, 1)
	reading := l.Entries(1)
	require.NoError(t, l.Close())
	require.ErrorIs(t, l.Close(), ErrClosed)
	_, err := l.Append(0, nil)
	require.ErrorIs(t, err, ErrClosed)
	require.ErrorIs(t, l.Roll(), ErrClosed)
	for _, err := range reading {
		require.ErrorIs(t, err, ErrClosed)
	}
}

// TestWritersAndReadersAtOnce appends in many goroutines, with rolls between, for the
// race detector.
func TestWritersAndReadersAtOnce(t *testing.T) {
	l := opened(t, disktest.New(), Options{SegmentSize: 200, MaxBuffer: 100})
	var busy sync.WaitGroup
	failed := make([]error, 8)
	for i := range failed {
		busy.Go(func() {
			for range 30 {
				index, err := l.Append(uint32(i), []byte("text"))
				if err == nil && l.Status().Acknowledged < index {
					err = fmt.Errorf("entry %d is not acknowledged", index)
				}
				failed[i] = errors.Join(failed[i], err)
			}
		})
	}
	busy.Go(func() {
		next := uint64(1)
		for next <= 240 && l.Err() == nil {
			for e, err := range l.Entries(next) {
				if err != nil || e.Index != next {
					failed[0] = fmt.Errorf("entry %d for %d: %w", e.Index, next, err)
					return
				}
				next++
			}
		}
	})
	busy.Wait()
	require.NoError(t, errors.Join(failed...))
	require.Greater(t, l.Status().Segments, 10)
}
