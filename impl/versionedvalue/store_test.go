package versionedvalue

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func open(t *testing.T, o Options) *Store {
	s, err := Open(o)
	require.NoError(t, err)
	return s
}

func put(t *testing.T, s *Store, key, value string) uint64 {
	v, err := s.Put(t.Context(), key, value)
	require.NoError(t, err)
	return v
}

func collect(t *testing.T, n *Snapshot, from, to string) (all []Entry) {
	for e, err := range n.Range(from, to) {
		require.NoError(t, err)
		all = append(all, e)
	}
	return all
}

// asOf is the map at a version, by a list of all writes in the order of versions.
func asOf(writes []Entry, version uint64) []Entry {
	state := map[string]Entry{}
	for _, e := range writes {
		if e.Version <= version {
			state[e.Key] = e
		}
	}
	var all []Entry
	for _, e := range state {
		if !e.Deleted {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, compare)
	return all
}

// TestSnapshotsAreWhatWasWritten compares ranges and single keys at all versions with a
// plain list of writes, before and after compaction and a restart.
func TestSnapshotsAreWhatWasWritten(t *testing.T) {
	for seed := range uint64(5) {
		rng := rand.New(rand.NewPCG(seed, 1))
		s := open(t, Options{Source: func(after uint64) uint64 { return after + 1 + rng.Uint64N(3) }})
		var writes []Entry
		for i := range 1500 {
			ch := Change{Key: fmt.Sprint("k", rng.IntN(700)), Value: fmt.Sprint(i)}
			if ch.Delete = rng.IntN(4) == 0; ch.Delete {
				ch.Value = ""
			}
			v, err := s.Write(t.Context(), ch)
			require.NoError(t, err)
			writes = append(writes, Entry{ch.Key, v, ch.Value, ch.Delete})
		}
		compare := func(low uint64) {
			_, newest := s.Versions()
			for range 20 {
				v := low + rng.Uint64N(newest-low+1)
				n, err := s.SnapshotAt(v)
				require.NoError(t, err)
				want := asOf(writes, v)
				require.Equal(t, want, collect(t, n, "", ""), "seed %d, version %d", seed, v)
				from, to := fmt.Sprint("k", rng.IntN(700)), fmt.Sprint("k", rng.IntN(700))
				part := slices.DeleteFunc(slices.Clone(want), func(e Entry) bool { return e.Key < from || e.Key >= to })
				require.Equal(t, len(part), len(collect(t, n, from, to)))
				key := fmt.Sprint("k", rng.IntN(700))
				e, err := n.Get(key)
				if at := slices.IndexFunc(want, func(e Entry) bool { return e.Key == key }); at < 0 {
					require.ErrorIs(t, err, ErrAbsent)
				} else {
					require.NoError(t, err)
					require.Equal(t, want[at], e)
				}
				n.Close()
			}
		}
		compare(0)
		_, newest := s.Versions()
		compacted, removed := s.Compact(newest / 2)
		require.Equal(t, newest/2, compacted)
		require.NotZero(t, removed)
		compare(compacted)
		_, again := s.Compact(compacted)
		require.Zero(t, again, "all garbage was removed")
		before := s.Image()
		s = open(t, Options{Image: before})
		compare(compacted)
		require.Equal(t, before, s.Image())
		_, removed = s.Compact(newest)
		require.NotZero(t, removed)
		require.Equal(t, len(asOf(writes, newest)), len(s.Image().Entries), "one entry of each key, and no tombstone")
	}
}

// TestEarlyBreakOfARange leaves a range in its second part.
func TestEarlyBreakOfARange(t *testing.T) {
	s := open(t, Options{})
	for i := range 3 * part {
		put(t, s, fmt.Sprintf("%04d", i), "v")
	}
	n := s.Snapshot()
	defer n.Close()
	count := 0
	for range n.Range("", "") {
		if count++; count == part+1 {
			break
		}
	}
	require.Equal(t, part+1, count)
	require.Len(t, collect(t, n, "", ""), 3*part)
	require.Len(t, collect(t, n, "0000", fmt.Sprintf("%04d", part)), part)
}

func TestCommitReturnsWhenTheWriteIsVisible(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, Options{})
		first, err := s.Begin(Change{Key: "a", Value: "1"})
		require.NoError(t, err)
		second, err := s.Begin(Change{Key: "b", Value: "2"})
		require.NoError(t, err)
		returned, waited := false, false
		go func() {
			require.NoError(t, second.Commit(t.Context()))
			returned = true
		}()
		go func() {
			require.NoError(t, s.Wait(t.Context(), second.Version()))
			waited = true
		}()
		synctest.Wait()
		require.False(t, returned)
		require.False(t, waited)
		_, err = s.SnapshotAt(second.Version())
		require.ErrorIs(t, err, ErrFuture)
		first.Abandon()
		synctest.Wait()
		require.True(t, returned)
		require.True(t, waited)
		n := s.Snapshot()
		defer n.Close()
		require.Equal(t, []Entry{{"b", 2, "2", false}}, collect(t, n, "", ""))
	})
}

func TestWriterThatDoesNotWaitHasWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, Options{})
		first, err := s.Begin(Change{Key: "a", Value: "1"})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		v, err := s.Put(ctx, "b", "2")
		require.ErrorIs(t, err, ErrNotVisible)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.EqualValues(t, 2, v)
		require.ErrorIs(t, s.Wait(ctx, v), context.DeadlineExceeded)
		require.NoError(t, first.Commit(t.Context()))
		require.NoError(t, s.Wait(t.Context(), v))
		n := s.Snapshot()
		defer n.Close()
		require.Len(t, collect(t, n, "", ""), 2)
	})
}

func TestWriteEndsOnce(t *testing.T) {
	s := open(t, Options{})
	w, err := s.Begin(Change{Key: "a", Value: "1"})
	require.NoError(t, err)
	require.NoError(t, w.Commit(t.Context()))
	require.ErrorIs(t, w.Commit(t.Context()), ErrEnded)
	w.Abandon()
	w, err = s.Begin(Change{Key: "a", Value: "2"})
	require.NoError(t, err)
	w.Abandon()
	w.Abandon()
	require.ErrorIs(t, w.Commit(t.Context()), ErrEnded)
	require.Equal(t, []Entry{{"a", 1, "1", false}}, s.Image().Entries)
}

func TestConditions(t *testing.T) {
	s := open(t, Options{})
	conflict := func(ch Change) {
		t.Helper()
		_, err := s.Write(t.Context(), ch)
		require.ErrorIs(t, err, ErrConflict)
	}
	conflict(Change{Key: "a", Value: "1", If: IfVersion(1)})
	v, err := s.Write(t.Context(), Change{Key: "a", Value: "1", If: IfVersion(0)})
	require.NoError(t, err)
	conflict(Change{Key: "a", Value: "2", If: IfVersion(0)})
	w, err := s.Begin(Change{Key: "a", Value: "2", If: IfVersion(v)})
	require.NoError(t, err)
	conflict(Change{Key: "a", Value: "3", If: IfVersion(v)})
	require.NoError(t, w.Commit(t.Context()))
	conflict(Change{Key: "a", Delete: true, If: IfVersion(v)})
	_, err = s.Write(t.Context(), Change{Key: "a", Value: "ignored", Delete: true, If: IfVersion(w.Version())})
	require.NoError(t, err)
	_, err = s.Write(t.Context(), Change{Key: "a", Value: "4", If: IfVersion(0)})
	require.NoError(t, err)
}

func TestRefusals(t *testing.T) {
	s := open(t, Options{Source: func(uint64) uint64 { return 7 }})
	_, err := s.Put(t.Context(), "", "v")
	require.ErrorIs(t, err, ErrKey)
	_, err = s.Put(t.Context(), "\xff", "v")
	require.ErrorIs(t, err, ErrKey)
	put(t, s, "a", "v")
	_, err = s.Put(t.Context(), "a", "v")
	require.ErrorIs(t, err, ErrVersion)
	_, err = s.Changes("a", 0, 8)
	require.ErrorIs(t, err, ErrFuture)
	all, err := s.Changes("a", 7, 6)
	require.NoError(t, err)
	require.Empty(t, all)
	s.Compact(7)
	_, err = s.SnapshotAt(6)
	require.ErrorIs(t, err, ErrCompacted)
	_, err = s.Changes("a", 6, 7)
	require.ErrorIs(t, err, ErrCompacted)
	n := s.Snapshot()
	require.EqualValues(t, 7, n.Version())
	n.Close()
	n.Close()
	_, err = n.Get("a")
	require.ErrorIs(t, err, ErrClosed)
	for _, err := range n.Range("", "") {
		require.ErrorIs(t, err, ErrClosed)
	}
}

func TestImagesAreChecked(t *testing.T) {
	good := Entry{"a", 1, "v", false}
	for _, bad := range [][]Entry{
		{{"", 1, "v", false}}, {{"a", 0, "v", false}}, {{"a", 1, "v", true}}, {good, good},
		{{"b", 1, "v", false}, {"a", 2, "v", false}}, {{"a", 2, "v", false}, good},
	} {
		_, err := Open(Options{Image: &Image{Entries: bad}})
		require.ErrorIs(t, err, ErrImage, "%v", bad)
	}
	s := open(t, Options{Image: &Image{Compacted: 5, Entries: []Entry{good, {"a", 3, "w", false}}}})
	low, newest := s.Versions()
	require.EqualValues(t, 5, low)
	require.EqualValues(t, 5, newest)
	require.EqualValues(t, 6, put(t, s, "b", "v"), "not a version of the past")
}

// TestReadersSeeOneState lets writers keep two keys equal while readers compare them and
// a collector runs.
func TestReadersSeeOneState(t *testing.T) {
	s := open(t, Options{})
	var wait sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	for w := range 3 {
		wait.Go(func() {
			for i := range 200 {
				_, err := s.Put(t.Context(), fmt.Sprint("k", w), fmt.Sprint(i))
				require.NoError(t, err)
			}
		})
	}
	var beside sync.WaitGroup
	for range 3 {
		beside.Go(func() {
			for ctx.Err() == nil {
				n := s.Snapshot()
				first := collect(t, n, "", "")
				require.Equal(t, first, collect(t, n, "", ""))
				for _, e := range first {
					got, err := n.Get(e.Key)
					require.NoError(t, err)
					require.Equal(t, e, got)
					require.LessOrEqual(t, e.Version, n.Version())
				}
				n.Close()
			}
		})
	}
	beside.Go(func() {
		for ctx.Err() == nil {
			_, newest := s.Versions()
			s.Compact(newest)
		}
	})
	wait.Wait()
	cancel()
	beside.Wait()
	_, newest := s.Versions()
	require.EqualValues(t, 600, newest)
	s.Compact(newest)
	require.Len(t, s.Image().Entries, 3)
}

// TestCommitThatIsCancelledAsItBecomesVisible ends the context of a writer at the moment at
// which its write becomes visible. Either may come first: the writer hears that its write is
// visible, or that it may not be, and no other error.
func TestCommitThatIsCancelledAsItBecomesVisible(t *testing.T) {
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			s := open(t, Options{})
			first, err := s.Begin(Change{Key: "a", Value: "u"})
			require.NoError(t, err)
			second, err := s.Begin(Change{Key: "b", Value: "v"})
			require.NoError(t, err)
			ctx, cancel := context.WithCancel(t.Context())
			told := make(chan error, 1)
			go func() { told <- second.Commit(ctx) }()
			synctest.Wait() // it is installed, and waits for the first
			cancel()
			require.NoError(t, first.Commit(t.Context()))
			if err := <-told; err != nil {
				require.ErrorIs(t, err, ErrNotVisible)
			}
			require.Len(t, collect(t, s.Snapshot(), "", ""), 2)
		})
	}
}
