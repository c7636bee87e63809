package hybridclock_test

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/clock/clocktest"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	hc "github.com/lockstep-tla/lockstep/impl/hybridclock"
)

const offset = 100 * time.Millisecond

// machine is a disk and a physical clock that stands still until it is set.
type machine struct {
	*disktest.Disk
	physical *clocktest.Clock
}

func newMachine() machine {
	m := machine{disktest.New(), clocktest.New(func() time.Duration { return 0 })}
	m.at(1000)
	return m
}

// at sets the physical clock, in milliseconds.
func (m machine) at(ms int) { m.physical.Set(time.Duration(ms) * time.Millisecond) }

func (m machine) open(t *testing.T) *hc.Clock {
	t.Helper()
	c, err := hc.Open(hc.Options{Path: "dir/clock", FS: m, MaxOffset: offset, Ahead: 20 * time.Millisecond, Clock: m.physical})
	require.NoError(t, err)
	return c
}

func newOpened(t *testing.T) (machine, *hc.Clock) {
	m := newMachine()
	require.NoError(t, m.MkdirAll("dir"))
	require.NoError(t, m.SyncDir("."))
	return m, m.open(t)
}

// TestNextProcessBeginsBehind all stamps of the one before, although the machine has
// crashed at any of its disk operations and the physical clock was set back.
func TestNextProcessBeginsBehind(t *testing.T) {
	for _, survival := range []disktest.Survival{disktest.Nothing, disktest.Everything, disktest.Prefix, disktest.SectorPrefix, disktest.AnySectors} {
		for stop := 0; ; stop++ {
			m, c := newOpened(t)
			m.HaltAfter(stop)
			var last hc.Stamp
			var err error
			for ms := 1000; err == nil && ms < 1060; ms += 5 {
				m.at(ms)
				var s hc.Stamp
				if s, err = c.Now(); err == nil {
					require.Greater(t, s, last)
					last = s
				}
			}
			halted := m.Halted()
			m.HaltAfter(-1) // the flush that is under way may go on
			require.NoError(t, c.Close())
			m.CrashRandomly(int64(stop), survival)
			m.at(990)
			c = m.open(t)
			s, err := c.Now()
			require.NoError(t, err, "stop %d", stop)
			require.Greater(t, s, last, "stop %d, survival %d", stop, survival)
			require.LessOrEqual(t, s.Wall(), uint64(990+100))
			require.NoError(t, c.Close())
			if !halted {
				require.Greater(t, stop, 6, "it writes and flushes")
				break
			}
		}
	}
}

// TestFlushesAreFewerThanStamps: a reservation is for many.
func TestFlushesAreFewerThanStamps(t *testing.T) {
	m, c := newOpened(t)
	_, err := c.Now()
	require.NoError(t, err)
	before := m.Ops()
	for range 10_000 {
		_, err := c.Now()
		require.NoError(t, err)
	}
	require.Equal(t, before, m.Ops())
	require.NoError(t, c.Close())
}

// TestReservationComesBeforeItIsNeeded: half of it is left when the next one is written.
func TestReservationComesBeforeItIsNeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, c := newOpened(t)
		for _, step := range []struct {
			ms      int
			flushes bool
		}{{1000, true}, {1010, false}, {1011, true}, {1021, false}, {1022, true}, {1032, false}, {1033, true}, {1000, false}, {1044, true}} {
			before := m.Ops()
			m.at(step.ms)
			call := c.Now
			if step.ms%2 == 0 {
				call = func() (hc.Stamp, error) { return c.Update(hc.Pack(1000, 0)) }
			}
			_, err := call()
			require.NoError(t, err)
			synctest.Wait()
			require.Equal(t, step.flushes, m.Ops() > before, "at %d", step.ms)
		}
		require.NoError(t, c.Close())
	})
}

// TestClockWaitsBehindTheReservation when physical time has stood still since: the
// numbers say for what.
func TestClockWaitsBehindTheReservation(t *testing.T) {
	m, c := newOpened(t)
	_, err := c.Update(hc.Pack(1100, 0)) // as far as possible
	require.NoError(t, err)
	require.NoError(t, c.Close())
	c = m.open(t)
	_, err = c.Now()
	var ahead *hc.AheadError
	require.ErrorAs(t, err, &ahead)
	require.Equal(t, hc.AheadError{Wall: 1101, Physical: 1000, MaxOffset: 100}, *ahead)
	_, err = c.Update(hc.Pack(1100, 7))
	require.ErrorIs(t, err, hc.ErrAhead)
	m.at(1001)
	s, err := c.Now()
	require.NoError(t, err)
	require.Equal(t, hc.Pack(1101, 0), s)
	require.NoError(t, c.Close())
}

// TestStampFromTheFutureIsRefused, and the clock is as before.
func TestStampFromTheFutureIsRefused(t *testing.T) {
	_, c := newOpened(t)
	first, err := c.Now()
	require.NoError(t, err)
	var ahead *hc.AheadError
	_, err = c.Update(hc.Pack(1101, 0))
	require.ErrorAs(t, err, &ahead)
	require.Equal(t, hc.AheadError{Wall: 1101, Physical: 1000, MaxOffset: 100}, *ahead)
	next, err := c.Now()
	require.NoError(t, err)
	require.Equal(t, first+1, next)
	next, err = c.Update(hc.Pack(1100, 4))
	require.NoError(t, err)
	require.Equal(t, hc.Pack(1100, 5), next)
	require.NoError(t, c.Close())
}

// TestGoroutinesGetDifferentStamps, each of them stamps that increase, while the
// physical clock jumps.
func TestGoroutinesGetDifferentStamps(t *testing.T) {
	m := newMachine()
	c, err := hc.Open(hc.Options{Path: filepath.Join(t.TempDir(), "clock"), MaxOffset: offset, Clock: m.physical})
	require.NoError(t, err)
	const goroutines, each = 8, 500
	var mu sync.Mutex
	given, failed := map[hc.Stamp]bool{}, make([]error, goroutines)
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(1, uint64(g)))
			var last hc.Stamp
			for range each {
				m.at(1000 + rng.IntN(60))
				s, err := c.Update(last)
				if err != nil || s <= last {
					failed[g] = fmt.Errorf("%d behind %d: %w", s, last, err)
					return
				}
				last = s
				mu.Lock()
				given[s] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for _, err := range failed {
		require.NoError(t, err)
	}
	require.Len(t, given, goroutines*each)
	require.NoError(t, c.Close())
}

// TestFailedFlushStopsTheClock: callers that wait for the flush are told, and callers that come
// later.
func TestFailedFlushStopsTheClock(t *testing.T) {
	m, c := newOpened(t)
	last, err := c.Now()
	require.NoError(t, err)
	m.FailSync("dir/clock.next")
	m.at(1500)
	for range 2 {
		_, err = c.Now()
		require.ErrorIs(t, err, hc.ErrStopped)
		require.ErrorIs(t, err, disk.ErrIO)
		_, err = c.Update(last)
		require.ErrorIs(t, err, hc.ErrStopped)
	}
	require.NoError(t, c.Close())
	_, err = c.Now()
	require.ErrorIs(t, err, disk.ErrIO, "the first reason stays")
	m.Kill()
	m.at(1000)
	c = m.open(t)
	next, err := c.Now()
	require.NoError(t, err)
	require.Greater(t, next, last)
	require.NoError(t, c.Close())
	require.NoError(t, c.Close(), "a second one does nothing")
	_, err = c.Now()
	require.ErrorIs(t, err, hc.ErrStopped)
}

// TestFailedRenameStopsTheClock, although what comes after it would succeed.
func TestFailedRenameStopsTheClock(t *testing.T) {
	m := newMachine()
	fails := false
	fs := disktest.Intercept(m, disktest.Failpoint{Before: func(op disktest.Op) error {
		if fails && op.Kind == disktest.Rename {
			return disk.ErrIO
		}
		return nil
	}})
	c, err := hc.Open(hc.Options{Path: "clock", FS: fs, Clock: m.physical})
	require.NoError(t, err)
	fails = true
	_, err = c.Now()
	require.ErrorIs(t, err, disk.ErrIO)
	require.NoError(t, c.Close())
}

// TestCloseWaitsForTheFlush that is under way: the next process may open the file then.
func TestCloseWaitsForTheFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, slow := newMachine(), make(chan struct{})
		opened := false
		fs := disktest.Intercept(m, disktest.Failpoint{Before: func(op disktest.Op) error {
			if opened && op.Kind == disktest.Sync {
				<-slow
			}
			return nil
		}})
		c, err := hc.Open(hc.Options{Path: "clock", FS: fs, Clock: m.physical})
		require.NoError(t, err)
		opened = true
		called, closed := make(chan error, 1), make(chan error, 1)
		go func() {
			_, err := c.Now()
			called <- err
		}()
		synctest.Wait()
		go func() { closed <- c.Close() }()
		synctest.Wait()
		require.Empty(t, closed)
		close(slow)
		require.NoError(t, <-closed)
		require.ErrorIs(t, <-called, hc.ErrStopped)
	})
}

// TestDefaults are those of the comments: 500 milliseconds, and a fifth of that ahead.
func TestDefaults(t *testing.T) {
	m := newMachine()
	c, err := hc.Open(hc.Options{Path: "clock", FS: m, Clock: m.physical})
	require.NoError(t, err)
	_, err = c.Now()
	require.NoError(t, err)
	content, ok := m.Contents("clock")
	require.True(t, ok)
	require.Equal(t, uint64(1100), binary.LittleEndian.Uint64(content[4:]))
	_, err = c.Update(hc.Pack(1501, 0))
	require.ErrorIs(t, err, hc.ErrAhead)
	_, err = c.Update(hc.Pack(1500, 0))
	require.NoError(t, err)
	require.NoError(t, c.Close())
}

// TestOpenMakesDurableWhatItFinds: a process was killed before its flush, and its
// successor's machine crashes.
func TestOpenMakesDurableWhatItFinds(t *testing.T) {
	m, c := newOpened(t)
	m.FailSync("dir") // the name is in the machine's memory, and stays there
	_, err := c.Now()
	require.ErrorIs(t, err, hc.ErrStopped)
	require.NoError(t, c.Close())
	m.Kill()
	c = m.open(t)
	require.NoError(t, c.Close())
	m.Crash(nil)
	content, ok := m.Contents("dir/clock")
	require.True(t, ok)
	require.Equal(t, uint64(1020), binary.LittleEndian.Uint64(content[4:]))
}

// TestImpossibleTimes are errors, and the clock goes on when they are over.
func TestImpossibleTimes(t *testing.T) {
	m, c := newOpened(t)
	m.at(-1)
	_, err := c.Now()
	require.ErrorIs(t, err, hc.ErrTime)
	_, err = c.Update(1)
	require.ErrorIs(t, err, hc.ErrTime)
	m.at(0)
	_, err = c.Now()
	require.NoError(t, err)
	require.NoError(t, c.Close())

	for wall, want := range map[int64]error{hc.MaxWall - 101: nil, hc.MaxWall - 100: hc.ErrTime} {
		m := newMachine()
		c, err := hc.Open(hc.Options{Path: "clock", FS: m, MaxOffset: offset, Clock: fixed(wall)})
		require.NoError(t, err)
		_, err = c.Now()
		require.ErrorIs(t, err, want)
		require.NoError(t, c.Close())
	}
}

// TestNoStampIsSmallerAtTheEndOfTime: the clock gives the last stamp that it can, and then none,
// also in the next process.
func TestNoStampIsSmallerAtTheEndOfTime(t *testing.T) {
	m := newMachine()
	for wall := int64(hc.MaxWall - 102); wall <= hc.MaxWall-99; wall++ {
		c, err := hc.Open(hc.Options{Path: "clock", FS: m, MaxOffset: offset, Ahead: offset, Clock: fixed(wall)})
		require.NoError(t, err)
		near := hc.Pack(uint64(wall+100), hc.MaxCounter)
		if _, err := c.Now(); err != nil {
			require.NoError(t, c.Close())
			continue
		}
		last, err := c.Update(near - 1)
		require.NoError(t, err, "the reading %d", wall)
		require.Equal(t, near, last)
		for range 2 {
			for _, call := range []func() (hc.Stamp, error){c.Now, func() (hc.Stamp, error) { return c.Update(last) }} {
				s, err := call()
				require.ErrorIs(t, err, hc.ErrAhead, "%d behind %d", s, last)
			}
			require.NoError(t, c.Close())
			c, err = hc.Open(hc.Options{Path: "clock", FS: m, MaxOffset: offset, Clock: fixed(wall)})
			require.NoError(t, err)
		}
		require.NoError(t, c.Close())
	}
}

// fixed is a physical clock, in milliseconds.
type fixed int64

func (f fixed) Monotonic() time.Duration { return 0 }
func (f fixed) Wall() time.Time          { return time.UnixMilli(int64(f)) }

// TestFileOfSomethingElseIsRefused: a clock that began anew would give stamps again.
func TestFileOfSomethingElseIsRefused(t *testing.T) {
	good := binary.LittleEndian.AppendUint64([]byte("HLC1"), 7)
	sum := func(b []byte) []byte {
		return binary.LittleEndian.AppendUint32(b[:len(b):len(b)], crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
	}
	for name, content := range map[string][]byte{
		"empty":      {},
		"too short":  good,
		"too long":   append(sum(good), 0),
		"damaged":    append(good[:len(good):len(good)], 1, 2, 3, 4),
		"other kind": sum(binary.LittleEndian.AppendUint64([]byte("HLC2"), 7)),
		"too late":   sum(binary.LittleEndian.AppendUint64([]byte("HLC1"), hc.MaxWall)),
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine()
			f, err := m.Create("clock")
			require.NoError(t, err)
			_, err = f.WriteAt(content, 0)
			require.NoError(t, err)
			_, err = hc.Open(hc.Options{Path: "clock", FS: m})
			require.ErrorIs(t, err, hc.ErrReservation)
			require.ErrorContains(t, err, "clock")
		})
	}
	for _, content := range [][]byte{sum(good), sum(binary.LittleEndian.AppendUint64([]byte("HLC1"), hc.MaxWall-1))} {
		m := newMachine()
		f, err := m.Create("clock")
		require.NoError(t, err)
		_, err = f.WriteAt(content, 0)
		require.NoError(t, err)
		c, err := hc.Open(hc.Options{Path: "clock", FS: m})
		require.NoError(t, err)
		require.NoError(t, c.Close())
	}
}

// TestOptionsThatMakeNoSense are refused.
func TestOptionsThatMakeNoSense(t *testing.T) {
	for name, o := range map[string]hc.Options{
		"no path":         {},
		"negative":        {Path: "clock", MaxOffset: -time.Second},
		"too small":       {Path: "clock", MaxOffset: time.Microsecond},
		"too far":         {Path: "clock", MaxOffset: time.Second, Ahead: time.Second + 1},
		"nothing ahead":   {Path: "clock", Ahead: time.Microsecond},
		"less than ahead": {Path: "clock", Ahead: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			o.FS = disktest.New()
			_, err := hc.Open(o)
			require.ErrorIs(t, err, hc.ErrOption)
		})
	}
	for name, o := range map[string]hc.Options{
		"zero":        {},
		"millisecond": {MaxOffset: time.Millisecond},
		"as far":      {MaxOffset: time.Second, Ahead: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			o.FS, o.Path = disktest.New(), "clock"
			c, err := hc.Open(o)
			require.NoError(t, err)
			require.NoError(t, c.Close())
		})
	}
	_, err := hc.Open(hc.Options{Path: filepath.Join(t.TempDir(), "none", "clock")})
	require.Error(t, err, "there is no such folder")
}
