package groupcommit_test

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/internal/groupcommit"
)

var (
	errClosed    = errors.New("closed")
	errTruncated = errors.New("truncated")
	errDisk      = errors.New("the disk fails")
)

// log is entries without content, whose flush takes a second.
type log struct {
	length, synced uint64
	flushes        int
	fails          bool
	err            error
}

type flush struct {
	upTo  uint64
	fails bool
}

func (f *flush) Do() error {
	time.Sleep(time.Second)
	if f.fails {
		return errDisk
	}
	return nil
}

func (l *log) Length() uint64 { return l.length }
func (l *log) Synced() uint64 { return l.synced }
func (l *log) Err() error     { return l.err }

func (l *log) StartFlush(upTo uint64) (*flush, error) {
	l.flushes++
	return &flush{upTo, l.fails}, nil
}

func (l *log) Flushed(f *flush, returned error) error {
	if l.err = returned; returned == nil {
		l.synced = f.upTo
	}
	return returned
}

func group(l *log, settle func()) *groupcommit.Group[*flush] {
	return groupcommit.New(groupcommit.Config[*flush]{
		Log: l, Settle: settle, Answered: l.Synced, Gather: true, Closed: errClosed, Truncated: errTruncated,
	})
}

// add appends an entry and waits for it.
func add(g *groupcommit.Group[*flush], l *log) error {
	g.Lock()
	defer g.Unlock()
	l.length++
	return g.Wait(l.length, g.Cuts())
}

func nothing() {}

// TestCallersShareAFlush: those that come during the first flush share the second.
func TestCallersShareAFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &log{}
		g := group(l, nothing)
		var busy sync.WaitGroup
		for range 10 {
			busy.Go(func() { require.NoError(t, add(g, l)) })
		}
		busy.Wait()
		require.EqualValues(t, 10, l.synced)
		require.LessOrEqual(t, l.flushes, 2)
	})
}

func TestFailedFlushEndsAllWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &log{fails: true}
		g := group(l, nothing)
		var busy sync.WaitGroup
		for range 3 {
			busy.Go(func() { require.ErrorIs(t, add(g, l), errDisk) })
		}
		busy.Wait()
		require.Equal(t, 1, l.flushes)
		g.Lock()
		defer g.Unlock()
		require.ErrorIs(t, g.Sync(), errDisk)
		require.NoError(t, g.Close())
	})
}

func TestTruncatedEntryEndsItsWait(t *testing.T) {
	l := &log{length: 3, synced: 1}
	g := group(l, nothing)
	g.Lock()
	defer g.Unlock()
	before := g.Cuts()
	l.length = 1
	g.Cut(2)
	require.ErrorIs(t, g.Wait(2, before), errTruncated)
	require.ErrorIs(t, g.Wait(3, before), errTruncated)
	require.NoError(t, g.Wait(1, before))
	l.length, l.synced = 2, 2
	require.NoError(t, g.Wait(2, g.Cuts()), "another entry has its place")
}

func TestCloseFlushesAndRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &log{length: 2}
		g := group(l, nothing)
		go func() {
			g.Lock()
			defer g.Unlock()
			_ = g.Sync()
		}()
		synctest.Wait() // the flush is under way
		g.Lock()
		defer g.Unlock()
		l.length++
		require.NoError(t, g.Close())
		require.EqualValues(t, 3, l.synced)
		require.ErrorIs(t, g.Close(), errClosed)
		require.ErrorIs(t, g.Usable(), errClosed)
		require.ErrorIs(t, g.Wait(4, g.Cuts()), errClosed)
	})
}

// TestPanicDoesNotBlockClose: what panics is not called again, and nothing is flushed.
func TestPanicDoesNotBlockClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &log{length: 1}
		g := group(l, func() { panic("settle") })
		require.Panics(t, func() { _ = add(g, l) })
		require.True(t, g.Panicked())
		g.Lock()
		defer g.Unlock()
		l.length++
		require.NoError(t, g.Close())
		require.Equal(t, 1, l.flushes)
	})
}

func TestDoIsForALogThatCanGoOn(t *testing.T) {
	l := &log{}
	g := group(l, func() {})
	done := 0
	do := func() error { done++; return errDisk }
	require.Equal(t, errDisk, g.Do(do))
	l.err = errTruncated
	require.Equal(t, errTruncated, g.Do(do))
	l.err = nil
	g.Lock()
	require.NoError(t, g.Close())
	g.Unlock()
	require.Equal(t, errClosed, g.Do(do))
	require.Equal(t, 1, done)
}

func TestSyncIsAWholeFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &log{length: 3}
		require.NoError(t, groupcommit.Sync(l, 2))
		require.EqualValues(t, 2, l.synced)
		l.fails = true
		require.Equal(t, errDisk, groupcommit.Sync(l, 3))
		require.EqualValues(t, 2, l.synced)
	})
}
