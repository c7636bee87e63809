package writeaheadlog

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/internal/disk"
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
	fake := disk.NewFake()
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
	fake := disk.NewFake()
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
	*disk.Fake
	bytes int
}

func (d *writesCounted) Open(name string) (disk.File, error) {
	f, err := d.Fake.Open(name)
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
	fake := disk.NewFake()
	l, _ := openFake(t, fake, Options{})
	appendAll(t, l, 1, 200)
	require.NoError(t, l.Close())
	counted := &writesCounted{Fake: fake}
	l, machine := openFake(t, counted, Options{})
	require.Equal(t, expected(200), machine.applied)
	require.Equal(t, int(room(len(payload(200)))), counted.bytes)
	require.NoError(t, l.Close())
}

// TestSpaceIsTakenInAdvance and given back by Close, but not by a crash.
func TestSpaceIsTakenInAdvance(t *testing.T) {
	fake := disk.NewFake()
	l, _ := openFake(t, fake, Options{Preallocate: 5000})
	appendAll(t, l, 1, 3)
	long := content(t, fake)
	require.Greater(t, len(long), 5000)
	require.NoError(t, l.Close())
	short := content(t, fake)
	ends := offsets(short)
	require.Len(t, short, ends[3])
	require.Equal(t, short, long[:len(short)])
	_, machine := openFake(t, withContent(t, long), Options{})
	require.Equal(t, expected(3), machine.applied)
}

// TestTruncationWaitsForAFlush truncates while others flush.
func TestTruncationWaitsForAFlush(t *testing.T) {
	fake := &slowDisk{Fake: disk.NewFake()}
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
