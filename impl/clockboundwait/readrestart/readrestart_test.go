package readrestart

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	cbw "github.com/lockstep-tla/lockstep/impl/clockboundwait"
	"github.com/lockstep-tla/lockstep/impl/environment/registertest"
)

// wrong is a clock that errs by so much, within the bound that it claims.
type wrong struct {
	by, bound time.Duration
}

func (w wrong) Now() cbw.Interval {
	now := time.Now().Add(w.by)
	return cbw.Interval{
		Earliest: uint64(now.Add(-w.bound).UnixMicro()),
		Latest:   uint64(now.Add(w.bound).UnixMicro()) + 1,
	}
}

// readings is a clock with these readings, the last again and again.
type readings [][2]uint64

func (r *readings) Now() cbw.Interval {
	now := (*r)[0]
	if len(*r) > 1 {
		*r = (*r)[1:]
	}
	return cbw.Interval{Earliest: now[0], Latest: now[1]}
}

func open(t *testing.T, name string, c cbw.Clock) *Node {
	n, err := Open(cbw.Options{Name: name, Clock: c})
	require.NoError(t, err)
	return n
}

// readAgain reads until no version is uncertain, and says how often the read has started again.
func readAgain(asker, home *Node, key string) (value string, restarts uint64, err error) {
	a, err := asker.Ask(key)
	if err != nil {
		return "", 0, err
	}
	for {
		e, next, err := home.Get(a)
		if !errors.Is(err, ErrRestart) {
			return e.Value, a.Restarts, err
		}
		a = next
	}
}

// In a bubble of synctest no time passes, because nothing sleeps.
func TestReaderWithASlowClockStartsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fast := open(t, "fast", wrong{time.Second, time.Second})
		slow := open(t, "slow", wrong{-time.Second, time.Second})
		begun := time.Now()
		_, err := fast.Put(t.Context(), "k", "v")
		require.NoError(t, err)
		for asker, restarts := range map[*Node]uint64{slow: 1, fast: 0} {
			value, restarted, err := readAgain(asker, fast, "k")
			require.NoError(t, err)
			require.Equal(t, "v", value)
			require.Equal(t, restarts, restarted)
		}
		value, _, err := readAgain(slow, fast, "other")
		require.NoError(t, err)
		require.Empty(t, value)
		require.Zero(t, time.Since(begun))
	})
}

// TestReadEndsBesideAWriter has a new version each time that the read has started again: those
// above its limit do not hold it up.
func TestReadEndsBesideAWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := open(t, "n", wrong{time.Second, time.Second})
		slow := open(t, "slow", wrong{-time.Second, time.Second})
		put := func() {
			time.Sleep(300 * time.Millisecond)
			_, err := n.Put(t.Context(), "k", "v")
			require.NoError(t, err)
		}
		put()
		a, err := slow.Ask("k")
		require.NoError(t, err)
		limit, begun := a.Limit, a.Stamp
		for {
			e, next, err := n.Get(a)
			if err == nil {
				require.Equal(t, a.Stamp, e.Version)
				break
			}
			require.ErrorIs(t, err, ErrRestart)
			require.Greater(t, next.Stamp, a.Stamp)
			require.Equal(t, limit, next.Limit)
			a = next
			put()
		}
		require.EqualValues(t, 1, a.Restarts, "the second version is above the limit")
		require.Less(t, a.Stamp-begun, uint64(2*time.Second/time.Microsecond)+2)
	})
}

// TestWriteWaitsForTheClockOfItsKey has a clock that goes back.
func TestWriteWaitsForTheClockOfItsKey(t *testing.T) {
	var slept []time.Duration
	clock := &readings{{9, 12}, {5, 9}, {9, 10}, {10, 10}}
	sleep := func(ctx context.Context, d time.Duration) error {
		slept = append(slept, d)
		return ctx.Err()
	}
	n, err := Open(cbw.Options{Name: "n", Clock: clock, Sleep: sleep})
	require.NoError(t, err)
	for _, want := range []uint64{9, 10} {
		version, err := n.Put(t.Context(), "k", "v")
		require.NoError(t, err)
		require.Equal(t, want, version)
	}
	require.Equal(t, []time.Duration{5 * time.Microsecond, time.Microsecond}, slept)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = n.Put(ctx, "k", "never")
	require.ErrorIs(t, err, cbw.ErrAbandoned)
	require.ErrorIs(t, err, context.Canceled)
	_, err = n.Put(ctx, "other", "v")
	require.NoError(t, err, "it need not wait")
}

// TestStampsOfTwoKeysMayBeReversed is the price of not waiting.
func TestStampsOfTwoKeysMayBeReversed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, err := open(t, "fast", wrong{time.Second, time.Second}).Put(t.Context(), "a", "v")
		require.NoError(t, err)
		second, err := open(t, "slow", wrong{-time.Second, time.Second}).Put(t.Context(), "b", "v")
		require.NoError(t, err)
		require.Less(t, second, first)
	})
}

func TestBadInputOfANodeIsRefused(t *testing.T) {
	_, err := Open(cbw.Options{Name: "n"})
	require.ErrorIs(t, err, cbw.ErrOptions)
	n := open(t, "n", &readings{{1, 2}})
	_, err = n.Put(t.Context(), "", "v")
	require.ErrorIs(t, err, cbw.ErrKey)
	_, err = n.Ask("")
	require.ErrorIs(t, err, cbw.ErrKey)
	for _, wrong := range [][2]uint64{{2, 1}, {1, cbw.MaxTime + 1}} {
		n = open(t, "n", &readings{wrong})
		_, err = n.Put(t.Context(), "k", "v")
		require.ErrorIs(t, err, cbw.ErrInterval)
		_, err = n.Ask("k")
		require.ErrorIs(t, err, cbw.ErrInterval)
	}
	_, err = NewVersions("k", nil).Restart(Attempt{Key: "k", Stamp: 1, Limit: 2})
	require.ErrorIs(t, err, cbw.ErrNotAllowed)
}

// Real goroutines and real clocks that differ.
func TestHistoriesAreLinearizable(t *testing.T) {
	bound := 300 * time.Microsecond
	all := []*Node{open(t, "fast", wrong{bound, bound}), open(t, "slow", wrong{-bound, bound})}
	history, err := registertest.Record(4, 10, func(_ int, value string) error {
		_, err := all[0].Put(t.Context(), "k", value)
		return err
	}, func(client int) (string, error) {
		value, _, err := readAgain(all[client%2], all[0], "k")
		return value, err
	})
	require.NoError(t, err)
	require.Equal(t, porcupine.Ok, porcupine.CheckOperationsTimeout(registertest.Model, history, 0), "%v", history)
}
