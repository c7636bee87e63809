package requestwaitinglist_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/clock/clocktest"
	rwl "github.com/lockstep-tla/lockstep/impl/requestwaitinglist"
)

func open(t *testing.T, o rwl.Options) *rwl.List[int] {
	t.Helper()
	o.Node, o.Incarnation = "n", 1
	l, err := rwl.Open[int](o)
	require.NoError(t, err)
	l.Lead()
	return l
}

func drop(string, rwl.ID) error { return nil }

// TestAnswersRaceWithExpiry: in a bubble the last answers and the deadline come at the same
// moment, in whatever order. Each call ends once: with a quorum, or expired.
func TestAnswersRaceWithExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := open(t, rwl.Options{})
		ctx, stop := context.WithCancel(t.Context())
		var under sync.WaitGroup
		under.Go(func() { _ = l.Run(ctx, time.Millisecond) })
		const calls = 200
		var ended [calls]atomic.Int32
		for i := range calls {
			_, err := l.Call(rwl.Request[int]{
				Group: peers[:3], Quorum: 2, Timeout: 5 * time.Millisecond,
				Send: func(peer string, id rwl.ID) error {
					under.Go(func() {
						time.Sleep(5 * time.Millisecond)
						l.Receive(id, peer, i, nil)
						l.Receive(id, peer, i, nil)
					})
					return nil
				},
				Done: func(r rwl.Result[int]) {
					ended[i].Add(1)
					switch r.Outcome {
					case rwl.Success:
						require.Len(t, r.Answers, 2)
						require.NotEqual(t, r.Answers[0].From, r.Answers[1].From)
					case rwl.Expired:
						require.Less(t, len(r.Answers), 2)
						require.ErrorIs(t, r.Err(), rwl.ErrExpired)
					default:
						require.Fail(t, "it ended otherwise", "%v", r)
					}
				},
			})
			require.NoError(t, err)
		}
		time.Sleep(7 * time.Millisecond)
		stop()
		under.Wait()
		for i := range ended {
			require.EqualValues(t, 1, ended[i].Load(), "call %d", i)
		}
	})
}

// TestDoneRunsWithoutLocks, in order: it begins another call from within, and steps down.
func TestDoneRunsWithoutLocks(t *testing.T) {
	l := open(t, rwl.Options{})
	var order []int
	var again func(n int) func(rwl.Result[int])
	again = func(n int) func(rwl.Result[int]) {
		return func(rwl.Result[int]) {
			order = append(order, n)
			if n < 3 {
				require.NoError(t, l.Wait(1, time.Hour, again(n+1)))
			} else if n == 3 {
				require.NoError(t, l.Wait(9, time.Hour, again(n+1)))
				l.StepDown()
			}
		}
	}
	require.NoError(t, l.Wait(1, time.Hour, again(0)))
	l.Advance(1)
	require.Equal(t, []int{0, 1, 2, 3, 4}, order)
	require.ErrorIs(t, l.Wait(1, time.Hour, again(9)), rwl.ErrNotLeader)
}

// TestPanicInDoneLeavesTheListUsable.
func TestPanicInDoneLeavesTheListUsable(t *testing.T) {
	l := open(t, rwl.Options{})
	require.NoError(t, l.Wait(1, time.Hour, func(rwl.Result[int]) { panic("as planned") }))
	told := false
	require.NoError(t, l.Wait(1, time.Hour, func(rwl.Result[int]) { told = true }))
	require.PanicsWithValue(t, "as planned", func() { l.Advance(1) })
	l.Sweep()
	require.True(t, told)
}

// TestSendThatFailsAtOnceCounts: no peer can be reached, and the call fails in Call, after
// as few requests as it takes.
func TestSendThatFailsAtOnceCounts(t *testing.T) {
	l, sends := open(t, rwl.Options{}), 0
	refused := errors.New("refused")
	var got rwl.Result[int]
	number, err := l.Call(rwl.Request[int]{
		Group: peers[:4], Quorum: 3, Timeout: time.Hour,
		Send: func(string, rwl.ID) error { sends++; return refused },
		Done: func(r rwl.Result[int]) { got = r },
	})
	require.NoError(t, err)
	require.ErrorIs(t, got.Err(), rwl.ErrNoQuorum)
	require.Equal(t, []rwl.Answer[int]{{From: "a", Err: refused}, {From: "b", Err: refused}}, got.Answers)
	require.Equal(t, 2, sends)
	require.False(t, l.Again(number, "c"), "it has ended")
}

// TestExpiryIsOnTheMonotonicClock: the wall clock is set by a day, and no call expires. It
// expires in the first sweep at its deadline, and not before.
func TestExpiryIsOnTheMonotonicClock(t *testing.T) {
	var now time.Duration
	c := clocktest.New(func() time.Duration { return now })
	l := open(t, rwl.Options{Clock: c})
	var ended []error
	now = time.Second
	_, err := l.Call(rwl.Request[int]{
		Group: peers, Quorum: 3, Timeout: time.Second, Send: drop, Done: func(r rwl.Result[int]) { ended = append(ended, r.Err()) },
	})
	require.NoError(t, err)
	c.Set(24 * time.Hour)
	now = 2*time.Second - time.Microsecond
	l.Sweep()
	require.Empty(t, ended)
	now = 2 * time.Second
	l.Sweep()
	l.Sweep()
	require.Equal(t, []error{rwl.ErrExpired}, ended)
}

// TestFailOfAnotherProcessIsIgnored, and a Fail that comes again.
func TestFailOfAnotherProcessIsIgnored(t *testing.T) {
	l, ids, ended := open(t, rwl.Options{}), map[string]rwl.ID{}, 0
	_, err := l.Call(rwl.Request[int]{
		Group: peers[:3], Quorum: 2, Timeout: time.Hour, Done: func(rwl.Result[int]) { ended++ },
		Send: func(peer string, id rwl.ID) error { ids[peer] = id; return nil },
	})
	require.NoError(t, err)
	l.Fail(ids["a"], nil)
	l.Fail(ids["a"], nil)
	l.Fail(rwl.ID{Incarnation: 9, Number: ids["b"].Number}, nil)
	require.Zero(t, ended)
	l.Fail(ids["b"], nil)
	require.Equal(t, 1, ended)
}

// TestWrongOptionsAreRefused before anything begins.
func TestWrongOptionsAreRefused(t *testing.T) {
	_, err := rwl.Open[int](rwl.Options{Node: "n"})
	require.ErrorIs(t, err, rwl.ErrOption)
	l, done := open(t, rwl.Options{}), func(rwl.Result[int]) { require.Fail(t, "it has begun") }
	for _, r := range []rwl.Request[int]{
		{Group: []string{"a", "b", "a"}, Quorum: 2, Timeout: 1000, Send: drop, Done: done},
		{Group: []string{"a", rwl.Log}, Quorum: 2, Timeout: 1000, Send: drop, Done: done},
		{Group: peers, Quorum: 0, Timeout: 1000, Send: drop, Done: done},
		{Group: peers, Quorum: 6, Timeout: 1000, Send: drop, Done: done},
		{Group: peers, Quorum: 3, Timeout: 999, Send: drop, Done: done},
		{Group: peers, Quorum: 3, Timeout: 1000, Done: done},
		{Group: peers, Quorum: 3, Timeout: 1000, Send: drop},
	} {
		_, err := l.Call(r)
		require.ErrorIs(t, err, rwl.ErrOption, "%+v", r)
	}
	require.ErrorIs(t, l.Wait(0, time.Second, done), rwl.ErrOption)
	l.StepDown()
	_, err = l.Call(rwl.Request[int]{Group: peers, Quorum: 3, Timeout: time.Second, Send: drop, Done: done})
	require.ErrorIs(t, err, rwl.ErrNotLeader)
}
