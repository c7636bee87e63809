package clockboundwait

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/registertest"
)

// wrong is a clock that errs by so much, within the bound that it claims.
type wrong struct {
	by, bound time.Duration
}

func (w wrong) Now() Interval {
	now := time.Now().Add(w.by)
	return Interval{uint64(now.Add(-w.bound).UnixMicro()), uint64(now.Add(w.bound).UnixMicro()) + 1}
}

func open(t *testing.T, name string, c Clock) *Node {
	n, err := Open(Options{Name: name, Clock: c})
	require.NoError(t, err)
	return n
}

// In a bubble of synctest the time passes only while all sleep, so that a wait has its exact
// length.
func TestCommitWaitIsTwiceTheBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, by := range []time.Duration{-time.Second, 0, time.Second} {
			n := open(t, "a", wrong{by, time.Second})
			begun := time.Now()
			_, err := n.Put(t.Context(), "k", "v")
			require.NoError(t, err)
			require.InDelta(t, float64(2*time.Second), float64(time.Since(begun)), float64(5*time.Microsecond))
		}
	})
}

func TestReaderWithASlowClockGetsWhatWasAcknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fast, slow := open(t, "fast", wrong{time.Second, time.Second}), open(t, "slow", wrong{-time.Second, time.Second})
		version, err := fast.Put(t.Context(), "k", "v")
		require.NoError(t, err)
		r, err := slow.Ask("fast", "k")
		require.NoError(t, err)
		e, err := fast.Get(t.Context(), r)
		require.NoError(t, err)
		require.Equal(t, version, e.Version)
		require.Equal(t, "v", e.Value)
	})
}

func TestAnAbandonedWriteIsNeverRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := open(t, "a", wrong{0, time.Second})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := n.Put(ctx, "k", "v")
		require.ErrorIs(t, err, ErrAbandoned)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		r, err := n.Ask("a", "k")
		require.NoError(t, err)
		e, err := n.Get(t.Context(), r)
		require.NoError(t, err)
		require.Zero(t, e.Version)
	})
}

// back is a clock whose bound becomes wider during a wait: its beginning goes back.
type back struct{ readings []Interval }

func (b *back) Now() Interval {
	now := b.readings[0]
	if len(b.readings) > 1 {
		b.readings = b.readings[1:]
	}
	return now
}

func TestAWaitReadsTheClockAgain(t *testing.T) {
	var slept []time.Duration
	n, err := Open(Options{Name: "a", Clock: &back{[]Interval{{5, 9}, {8, 9}, {6, 30}, {10, 12}}}, Sleep: func(_ context.Context, d time.Duration) error {
		slept = append(slept, d)
		return nil
	}})
	require.NoError(t, err)
	version, err := n.Put(t.Context(), "k", "v")
	require.NoError(t, err)
	require.EqualValues(t, 9, version)
	require.Equal(t, []time.Duration{2 * time.Microsecond, 4 * time.Microsecond}, slept)
}

func TestARepeatedReadGetsTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := open(t, "a", wrong{0, time.Second})
		first, err := n.Put(t.Context(), "k", "old")
		require.NoError(t, err)
		r, err := n.Ask("a", "k")
		require.NoError(t, err)
		_, err = n.Put(t.Context(), "k", "new")
		require.NoError(t, err)
		for range 2 {
			e, err := n.Get(t.Context(), r)
			require.NoError(t, err)
			require.Equal(t, first, e.Version)
		}
	})
}

func TestAReadWaitsUntilTheContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := open(t, "a", wrong{0, time.Hour})
		r, err := n.Ask("a", "k")
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = n.Get(ctx, r)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestCloseAbandonsWhatIsPending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := open(t, "a", wrong{0, time.Second})
		r, err := n.Ask("a", "k")
		require.NoError(t, err)
		var wrote, read error
		var calls sync.WaitGroup
		calls.Go(func() { _, wrote = n.Put(t.Context(), "k", "v") })
		calls.Go(func() { _, read = n.Get(t.Context(), r) })
		synctest.Wait()
		require.NoError(t, n.Close())
		calls.Wait()
		require.ErrorIs(t, wrote, ErrAbandoned)
		require.ErrorIs(t, wrote, ErrClosed)
		require.ErrorIs(t, read, ErrClosed)
		require.ErrorIs(t, n.Close(), ErrClosed)
		_, err = n.Ask("a", "k")
		require.ErrorIs(t, err, ErrClosed)
	})
}

func TestBadInputIsRefused(t *testing.T) {
	_, err := Open(Options{Name: "a"})
	require.ErrorIs(t, err, ErrOptions)
	_, err = System(-1)
	require.ErrorIs(t, err, ErrOptions)
	broken := open(t, "a", &back{[]Interval{{2, 1}, {1, 2}, {1, 2}, {2, 1}}})
	_, err = broken.Ask("a", "k")
	require.ErrorIs(t, err, ErrInterval)
	_, err = broken.Ask("a", "")
	require.ErrorIs(t, err, ErrKey)
	r, err := broken.Ask("b", "k") // the clock is right again
	require.NoError(t, err)
	require.Equal(t, Request{From: "a", To: "b", Key: "k", Stamp: 2}, r)
	_, err = broken.Get(t.Context(), r)
	require.ErrorIs(t, err, ErrOtherNode)
	r, err = broken.Ask("a", "k")
	require.NoError(t, err)
	_, err = broken.Get(t.Context(), r)
	require.ErrorIs(t, err, ErrInterval)
}

// TestABrokenClockAbandonsAWrite that waits: no later read waits for it.
func TestABrokenClockAbandonsAWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := open(t, "a", &back{[]Interval{{1, 2}, {1, 2}, {2, 1}, {8, 9}, {20, 21}}})
		_, err := n.Put(t.Context(), "k", "v")
		require.ErrorIs(t, err, ErrInterval)
		require.ErrorIs(t, err, ErrAbandoned)
		r, err := n.Ask("a", "k")
		require.NoError(t, err)
		ctx, done := context.WithTimeout(t.Context(), time.Minute)
		defer done()
		e, err := n.Get(ctx, r)
		require.NoError(t, err)
		require.Zero(t, e.Version)
	})
}

// Real goroutines and real clocks that differ.
func TestHistoriesAreLinearizable(t *testing.T) {
	bound := 300 * time.Microsecond
	all := []*Node{open(t, "fast", wrong{bound, bound}), open(t, "slow", wrong{-bound, bound})}
	history, err := registertest.Record(4, 10, func(_ int, value string) error {
		_, err := all[0].Put(t.Context(), "k", value)
		return err
	}, func(client int) (string, error) {
		r, asked := all[client%2].Ask("fast", "k")
		e, got := all[0].Get(t.Context(), r)
		return e.Value, errors.Join(asked, got)
	})
	require.NoError(t, err)
	require.Equal(t, porcupine.Ok, porcupine.CheckOperationsTimeout(registertest.Model, history, 0), "%v", history)
}

// TestStampsGoOnBeyondAnyPower of two at which a narrower number would end, up to the last
// moment that a clock may read.
func TestStampsGoOnBeyondAnyPower(t *testing.T) {
	for _, base := range []uint64{1 << 8, 1 << 16, 1 << 31, 1 << 32, 1 << 53, MaxTime} {
		c := NewCore("n", nil)
		var versions []uint64
		for _, latest := range []uint64{base - 2, base - 2, base - 2, base} {
			require.NoError(t, c.Arrive())
			require.NoError(t, c.Read(Interval{latest - 1, latest}))
			version, err := c.Begin("k", "v")
			require.NoError(t, err)
			versions = append(versions, version)
		}
		require.Equal(t, []uint64{base - 2, base - 1, base, base + 1}, versions)
		require.NoError(t, c.Arrive())
		require.NoError(t, c.Read(Interval{base, base}))
		require.NoError(t, c.Commit(base-1))
		require.ErrorIs(t, c.Commit(base), ErrNotAllowed, "it has not passed")
		r, err := c.Ask("n", "k")
		require.NoError(t, err)
		require.Equal(t, base+2, r.Stamp)
	}
}

// TestReadingBehindTheLastMoment is none: a stamp behind it would be smaller.
func TestReadingBehindTheLastMoment(t *testing.T) {
	for latest, want := range map[uint64]error{MaxTime: nil, MaxTime + 1: ErrInterval, math.MaxUint64: ErrInterval} {
		_, err := open(t, "n", still{latest, latest}).Ask("n", "k")
		require.ErrorIs(t, err, want, "%d", latest)
	}
}

// still is a clock that stands still.
type still Interval

func (s still) Now() Interval { return Interval(s) }
