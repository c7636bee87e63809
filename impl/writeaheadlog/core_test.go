package writeaheadlog

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
)

func newCore(t *testing.T, fs FS) *Core {
	t.Helper()
	c, err := NewCore(CoreConfig{FS: fs, Path: "log", Machine: &entries{}, MaxEntry: 100})
	require.NoError(t, err)
	return c
}

// TestAFlushIsNothingAfterAFailedWrite lets a flush return when a write beside
// it has failed already.
func TestAFlushIsNothingAfterAFailedWrite(t *testing.T) {
	fake := disktest.New()
	c := newCore(t, fake)
	require.NoError(t, c.Recover(Async))
	require.NoError(t, c.AppendEntry(0, 0, payload(1)))
	f, err := c.StartFlush(1)
	require.NoError(t, err)
	require.NoError(t, f.Do())
	require.NoError(t, c.AppendEntry(0, 0, payload(2)))
	fake.LimitSpace(3)
	require.ErrorIs(t, c.Write(), disk.ErrNoSpace)
	require.ErrorIs(t, c.Flushed(f, nil), ErrPoisoned)
	require.Zero(t, c.Synced())
}

// TestStepsOutOfPlaceChangeNothing tries each step before the log is open.
func TestStepsOutOfPlaceChangeNothing(t *testing.T) {
	fake := disktest.New()
	c := newCore(t, fake)
	before := *c
	for name, step := range map[string]func() error{
		"Cut": c.Cut, "Serve": c.Serve, "Close": c.Close, "Write": c.Write,
		"Refuse":       func() error { return c.Refuse(1) },
		"Replay":       func() error { return c.Replay(1) },
		"AppendEntry":  func() error { return c.AppendEntry(0, 0, nil) },
		"Sync":         func() error { return c.Sync(1) },
		"Apply":        func() error { return c.Apply(1) },
		"Acknowledge":  func() error { return c.Acknowledge(1) },
		"TruncateFrom": func() error { return c.TruncateFrom(1) },
	} {
		require.ErrorIs(t, step(), ErrNotAllowed, name)
	}
	require.Equal(t, before, *c)
	require.Zero(t, fake.Ops())
}

// writesCounted is a disk that counts the bytes written.
type writesCounted struct {
	*disktest.Disk
	bytes int
}

func (d *writesCounted) Open(name string) (disk.File, error) {
	f, err := d.Disk.Open(name)
	return countedFile{f, d}, err
}

type countedFile struct {
	disk.File
	disk *writesCounted
}

func (f countedFile) WriteAt(b []byte, at int64) (int, error) {
	f.disk.bytes += len(b)
	return f.File.WriteAt(b, at)
}

// TestRecoveryWritesOnlyWhatIsInDoubt opens a long log, of which only the last
// entry may not have been flushed.
func TestRecoveryWritesOnlyWhatIsInDoubt(t *testing.T) {
	fake := disktest.New()
	l, _ := openFake(t, fake, Options{})
	appendAll(t, l, 1, 200)
	require.NoError(t, l.Close())
	counted := &writesCounted{Disk: fake}
	l, machine := openFake(t, counted, Options{})
	require.Equal(t, expected(200), machine.applied)
	require.Equal(t, int(room(len(payload(200)))), counted.bytes)
	require.NoError(t, l.Close())
}

// TestTruncationWaitsForAFlush truncates while others flush.
func TestTruncationWaitsForAFlush(t *testing.T) {
	fake := &slowDisk{Disk: disktest.New()}
	l, _ := openFake(t, fake, Options{Policy: Group, Hold: true})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for range 20 {
				if _, err := l.Submit(0, []byte("x")); err != nil {
					t.Error(err)
				}
				if err := l.Sync(); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range 20 {
				if s := l.Status(); s.Appended > 0 {
					if err := l.TruncateFrom(max(1, s.Appended-1)); err != nil {
						t.Error(fmt.Errorf("truncate: %w", err))
					}
				}
			}
		})
	}
	wg.Wait()
	require.NoError(t, l.Sync())
	n := l.Status().Appended
	require.NoError(t, l.Close())
	_, machine := openFake(t, fake, Options{})
	require.Len(t, machine.applied, int(n))
}

// TestWritingKeepsOffWhatAFlushFills writes an entry while a flush is about to
// fill with zeros the place where it would go.
func TestWritingKeepsOffWhatAFlushFills(t *testing.T) {
	for _, policy := range []Policy{EachEntry, Group, Async} {
		fake := disktest.New()
		config := CoreConfig{FS: fake, Path: "log", Machine: &entries{}, MaxEntry: 100, Preallocate: 3 * int64(len(zeros)) / 2}
		c, err := NewCore(config)
		require.NoError(t, err)
		require.NoError(t, c.Recover(policy))
		require.NoError(t, c.AppendEntry(0, 0, payload(1)))
		f, err := c.StartFlush(1)
		require.NoError(t, err)
		n := uint64(1)
		if policy != EachEntry {
			require.NoError(t, c.AppendEntry(0, 0, payload(2)))
			n++
		}
		require.NoError(t, c.Write())
		if policy == Async { // which takes for safe from the process's end what was written
			require.Zero(t, c.Buffered())
		}
		require.NoError(t, f.Do())
		require.NoError(t, c.Flushed(f, nil))
		require.NoError(t, c.Write())
		require.Zero(t, c.Buffered())
		if n > 1 {
			require.NoError(t, c.Sync(n))
		}
		require.NoError(t, c.Abandon())

		c, err = NewCore(config)
		require.NoError(t, err)
		require.NoError(t, c.Recover(policy))
		require.Equal(t, n, c.Length(), policy)
		require.NoError(t, c.Abandon())
	}
}

// TestSpaceIsFilledOnce counts what the flushes of a growing file write: each
// byte of its space once as a zero, but none where nothing would gain by it.
func TestSpaceIsFilledOnce(t *testing.T) {
	const n, space = 40, 100_000
	records := int(room(len(payload(10))))
	for policy, filled := range map[Policy]int{EachEntry: space, Group: space, Async: 0} {
		counted := &writesCounted{Disk: disktest.New()}
		l, _ := openFake(t, counted.Disk, Options{})
		require.NoError(t, l.Close())
		l, _ = openFake(t, counted, Options{Policy: policy, Preallocate: space})
		counted.bytes = 0
		for range n {
			_, err := l.Append(0, payload(10))
			require.NoError(t, err)
		}
		require.NoError(t, l.Close())
		require.Equal(t, fileHeaderSize+n*records+filled, counted.bytes, policy)
	}
}
