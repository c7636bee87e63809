package singularupdatequeue

import (
	"context"
	"errors"
	"io"
	"maps"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/trace"
)

type counter = Queue[int, func(*Turn[int, int]) (int, error), int]

// newCounter makes a queue whose requests are their own handlers.
func newCounter(t *testing.T, policy Policy, capacity int) *counter {
	t.Helper()
	q, err := New(0, func(t *Turn[int, int], do func(*Turn[int, int]) (int, error)) (int, error) { return do(t) },
		Options[int, func(*Turn[int, int]) (int, error), int]{Policy: policy, Capacity: capacity})
	require.NoError(t, err)
	return q
}

func add(t *Turn[int, int]) (int, error) { t.State++; return t.State, nil }

func read(t *Turn[int, int]) (int, error) { return t.State, nil }

var errPlanned = errors.New("as planned")

// TestOneWriterAmongHundreds lets 500 goroutines change a plain variable from
// handlers: the race detector knows if two of them ever do so at once.
func TestOneWriterAmongHundreds(t *testing.T) {
	const clients, times = 500, 20
	for _, policy := range []Policy{Block, Reject, DropOldest} {
		t.Run(policy.String(), func(t *testing.T) {
			q := newCounter(t, policy, 64)
			plain := 0
			var served, refused, broken atomic.Int64
			var wg sync.WaitGroup
			for i := range clients {
				wg.Go(func() {
					for n := range times {
						_, err := q.Do(t.Context(), func(t *Turn[int, int]) (int, error) {
							plain++
							if (i+n)%50 == 0 {
								t.State += 1000
								panic(errPlanned)
							}
							return add(t)
						})
						switch {
						case err == nil:
							served.Add(1)
						case errors.Is(err, errPlanned):
							broken.Add(1)
						case errors.Is(err, ErrFull), errors.Is(err, ErrDropped):
							refused.Add(1)
						default:
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			last, err := q.Do(t.Context(), read)
			require.NoError(t, err)
			require.NoError(t, q.Stop(t.Context(), Drain))
			require.EqualValues(t, served.Load(), last)
			require.EqualValues(t, served.Load()+broken.Load(), plain)
			require.EqualValues(t, clients*times, served.Load()+broken.Load()+refused.Load())
			if policy == Block {
				require.Zero(t, refused.Load())
			}
		})
	}
}

// TestMayChange and the tests that follow are named after the rules that they exercise.
func TestMayChange(t *testing.T) {
	synctest.Test(t, mayChange) // which also sees that there is one worker, and that it ends
}

func mayChange(t *testing.T) {
	q := newCounter(t, Block, 2)
	for name, do := range map[string]func(*Turn[int, int]) (int, error){
		"error":  func(t *Turn[int, int]) (int, error) { t.State = 9; return 0, errPlanned },
		"panic":  func(t *Turn[int, int]) (int, error) { t.State = 9; panic(errPlanned) },
		"goexit": func(t *Turn[int, int]) (int, error) { t.State = 9; runtime.Goexit(); return 0, nil },
		"after a call": func(t *Turn[int, int]) (int, error) {
			t.State = 9
			return Await(t, func(context.Context) (int, error) { panic(errPlanned) },
				func(t *Turn[int, int], _ int, err error) (int, error) { t.State = 9; return 0, err })
		},
	} {
		_, err := q.Do(t.Context(), do)
		require.Error(t, err, name)
		got, err := q.Do(t.Context(), read)
		require.NoError(t, err, name)
		require.Zero(t, got, name)
	}
	require.NoError(t, q.Stop(t.Context(), Drain))
}

// TestMayBlock lets a handler ask its own full queue, and wait for it.
func TestMayBlock(t *testing.T) { synctest.Test(t, mayBlock) }

func mayBlock(t *testing.T) {
	q := newCounter(t, Block, 1)
	_, err := q.Do(t.Context(), func(turn *Turn[int, int]) (int, error) {
		_, err := q.Submit(turn.Context(), add)
		require.ErrorIs(t, err, ErrFull)
		_, err = q.Do(turn.Context(), add)
		require.ErrorIs(t, err, ErrOwnQueue)
		require.ErrorIs(t, q.Stop(turn.Context(), Drain), ErrOwnQueue)
		return 0, nil
	})
	require.NoError(t, err)
	require.NoError(t, q.Stop(t.Context(), Drain))
	_, err = q.Do(t.Context(), add)
	require.ErrorIs(t, err, ErrStopped)
}

// TestOwnFuture lets a handler wait for what it has put into its own queue, which
// would be for ever.
func TestOwnFuture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newCounter(t, Block, 2)
		var own *Future[int]
		_, err := q.Do(t.Context(), func(turn *Turn[int, int]) (int, error) {
			var err error
			own, err = q.Submit(turn.Context(), add)
			require.NoError(t, err)
			_, err = own.Wait(turn.Context())
			require.ErrorIs(t, err, ErrOwnQueue)
			return 0, nil
		})
		require.NoError(t, err)
		got, err := own.Wait(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, got)
		require.NoError(t, q.Stop(t.Context(), Drain))
	})
}

// TestTooLateToGiveUp ends the context of a client that waits for a place in the
// moment in which it gets one: the request is in, and the client is not told otherwise.
func TestTooLateToGiveUp(t *testing.T) {
	for range 50 { // the two race
		q := newCounter(t, Block, 1)
		gate := make(chan struct{})
		_, err := q.Submit(t.Context(), func(t *Turn[int, int]) (int, error) { <-gate; return add(t) })
		require.NoError(t, err)
		ctx, leave := context.WithCancel(t.Context())
		type told struct {
			future *Future[int]
			err    error
		}
		answer := make(chan told)
		go func() {
			future, err := q.Submit(ctx, add)
			answer <- told{future, err}
		}()
		for waiting := 0; waiting == 0; runtime.Gosched() {
			q.mu.Lock()
			waiting = q.core.waiting.len()
			q.mu.Unlock()
		}
		q.mu.Lock()
		leave()
		q.core.capacity++ // as if the one inside were done
		require.NoError(t, q.core.Admit())
		q.mu.Unlock()
		got := <-answer
		require.NoError(t, got.err)
		close(gate)
		n, err := got.future.Wait(t.Context())
		require.NoError(t, err)
		require.Equal(t, 2, n)
		require.NoError(t, q.Stop(t.Context(), Drain))
	}
}

// TestGivenUp stops a full queue while one works and another waits outside.
func TestGivenUp(t *testing.T) {
	for _, how := range []How{Drain, Abandon} {
		t.Run(how.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := newCounter(t, Block, 2)
				gate := make(chan struct{})
				var answers [3]error
				for i := range answers {
					go func() {
						_, answers[i] = q.Do(t.Context(), func(t *Turn[int, int]) (int, error) { <-gate; return add(t) })
					}()
					synctest.Wait() // at work, in the queue, outside
				}
				go func() { require.NoError(t, q.Stop(t.Context(), how)) }()
				synctest.Wait()
				close(gate)
				synctest.Wait()
				require.NoError(t, answers[0])
				require.ErrorIs(t, answers[2], ErrStopped)
				if how == Drain {
					require.NoError(t, answers[1])
				} else {
					require.ErrorIs(t, answers[1], ErrStopped)
				}
			})
		})
	}
}

// TestMayDrop fills a queue with a request that is back from a call: the one
// that has not begun goes.
func TestMayDrop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newCounter(t, DropOldest, 3)
		gate, phone := make(chan struct{}), make(chan struct{})
		ask := func(do func(*Turn[int, int]) (int, error)) *Future[int] {
			f, err := q.Submit(t.Context(), do)
			require.NoError(t, err)
			synctest.Wait()
			return f
		}
		called := ask(func(t *Turn[int, int]) (int, error) {
			return Await(t, func(context.Context) (int, error) { <-phone; return 0, nil },
				func(t *Turn[int, int], _ int, err error) (int, error) { return add(t) })
		})
		ask(func(t *Turn[int, int]) (int, error) { <-gate; return add(t) })
		close(phone)
		synctest.Wait() // the first is back, behind the one at work
		dropped, kept := ask(add), ask(add)
		close(gate)
		_, err := dropped.Wait(t.Context())
		require.ErrorIs(t, err, ErrDropped)
		for _, f := range []*Future[int]{called, kept} {
			_, err := f.Wait(t.Context())
			require.NoError(t, err)
		}
		require.NoError(t, q.Stop(t.Context(), Drain))
	})
}

func TestGiveUp(t *testing.T) {
	q := newCounter(t, Block, 1)
	gate := make(chan struct{})
	f, err := q.Submit(t.Context(), func(t *Turn[int, int]) (int, error) { <-gate; return add(t) })
	require.NoError(t, err)
	_, err = q.Submit(noWait, add)
	require.ErrorIs(t, err, ErrGaveUp)
	require.ErrorIs(t, err, context.Canceled)
	_, err = f.Wait(noWait)
	require.ErrorIs(t, err, context.Canceled)
	close(gate)
	got, err := f.Wait(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, got)
	require.NoError(t, q.Stop(t.Context(), Abandon))
}

// TestStopIsPatient stops a queue whose call does not return before it is told.
func TestStopIsPatient(t *testing.T) {
	q := newCounter(t, Block, 1)
	f, err := q.Submit(t.Context(), func(t *Turn[int, int]) (int, error) {
		return Await(t, func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() },
			func(_ *Turn[int, int], _ int, err error) (int, error) { return 0, err })
	})
	require.NoError(t, err)
	for {
		q.mu.Lock()
		out := len(q.core.out)
		q.mu.Unlock()
		if out > 0 {
			break
		}
		runtime.Gosched()
	}
	require.NoError(t, q.Stop(t.Context(), Abandon))
	_, err = f.Wait(t.Context())
	require.ErrorIs(t, err, context.Canceled)
}

// TestOptionsAtTheirLimits: the defaults, and the first and the last that make sense.
func TestOptionsAtTheirLimits(t *testing.T) {
	type options = Options[int, int, int]
	handler := func(t *Turn[int, int], n int) (int, error) { return n, nil }
	show := func(int) trace.Value { return 0 }
	rec := trace.New(io.Discard, trace.Header{Spec: "SingularUpdateQueue"})
	for _, o := range []options{
		{Policy: DropOldest + 1}, {Policy: -1}, {Capacity: -1}, {Capacity: Unbounded + 1}, {Batch: -1},
		{Trace: Tracing[int, int, int]{Recorder: rec, Request: show, Result: show}},
		{Trace: Tracing[int, int, int]{Recorder: rec, State: show, Result: show}},
		{Trace: Tracing[int, int, int]{Recorder: rec, State: show, Request: show}},
	} {
		_, err := New(0, handler, o)
		require.Error(t, err, "%+v", o)
	}
	_, err := New[int, int, int](0, nil, options{})
	require.Error(t, err)
	for _, c := range []struct{ have, want options }{
		{options{}, options{Policy: Block, Capacity: 1024, Batch: 64, Trace: Tracing[int, int, int]{Node: "queue"}}},
		{options{Policy: DropOldest, Capacity: Unbounded, Batch: 1}, options{Policy: DropOldest, Capacity: Unbounded, Batch: 1, Trace: Tracing[int, int, int]{Node: "queue"}}},
		{options{Capacity: 1, Trace: Tracing[int, int, int]{Node: "other"}}, options{Capacity: 1, Batch: 64, Trace: Tracing[int, int, int]{Node: "other"}}},
	} {
		q, err := New(0, handler, c.have)
		require.NoError(t, err)
		require.Equal(t, c.want, q.options)
		require.Equal(t, c.want.Capacity, q.core.capacity)
		require.NoError(t, q.Stop(t.Context(), Drain))
	}
}

// TestTheFirstStopDecidesHow: also when its own caller has not waited. A queue that has
// stopped is not waited for, and stays stopped.
func TestTheFirstStopDecidesHow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newCounter(t, Block, 3)
		gate := make(chan struct{})
		work := func(t *Turn[int, int]) (int, error) { <-gate; return add(t) }
		first, err := q.Submit(t.Context(), work)
		require.NoError(t, err)
		synctest.Wait()
		second, err := q.Submit(t.Context(), work)
		require.NoError(t, err)
		for _, how := range []How{-1, Abandon + 1} {
			require.Error(t, q.Stop(t.Context(), how))
		}
		require.ErrorIs(t, q.Stop(noWait, Drain), context.Canceled)
		_, err = q.Submit(t.Context(), add)
		require.ErrorIs(t, err, ErrStopped)
		close(gate)
		require.NoError(t, q.Stop(t.Context(), Abandon))
		for i, f := range []*Future[int]{first, second} {
			got, err := f.Wait(noWait) // the answer is there
			require.NoError(t, err)
			require.Equal(t, i+1, got)
		}
		require.NoError(t, q.Stop(noWait, Drain))
		_, err = q.Submit(t.Context(), add)
		require.ErrorIs(t, err, ErrStopped)
		require.Error(t, q.calls.Err(), "no call may go on")
	})
}

// TestACallThatLeavesComesBack: by Goexit, which ends its goroutine, or by a panic.
func TestACallThatLeavesComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newCounter(t, Block, 1)
		for _, leave := range []func(){runtime.Goexit, func() { panic(errPlanned) }} {
			_, err := q.Do(t.Context(), func(turn *Turn[int, int]) (int, error) {
				return Await(turn, func(context.Context) (int, error) { leave(); return 0, nil },
					func(_ *Turn[int, int], _ int, err error) (int, error) {
						require.ErrorIs(t, err, ErrPanicked)
						return 0, errPlanned
					})
			})
			require.ErrorIs(t, err, errPlanned)
		}
		require.NoError(t, q.Stop(t.Context(), Drain))
	})
}

// TestATurnThatIsOverAsksLikeAClient: its context is no longer the worker's.
func TestATurnThatIsOverAsksLikeAClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newCounter(t, Block, 1)
		var old context.Context
		for _, leave := range []func(*Turn[int, int]) (int, error){
			add,
			func(*Turn[int, int]) (int, error) { return 0, errPlanned },
			func(*Turn[int, int]) (int, error) { panic(errPlanned) },
		} {
			_, _ = q.Do(t.Context(), func(turn *Turn[int, int]) (int, error) { old = turn.Context(); return leave(turn) })
			_, err := q.Do(old, read)
			require.NoError(t, err)
		}
		require.NoError(t, q.Stop(old, Drain))
	})
}

// TestARequestThatWaitsMayBeServedAtOnce has one place, and many that wait for
// it: some are let in and answered before they look.
func TestARequestThatWaitsMayBeServedAtOnce(t *testing.T) {
	q := newCounter(t, Block, 1)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 3000 {
				future, err := q.Submit(t.Context(), add)
				if err != nil || future == nil {
					t.Errorf("the future is %v, the error %v", future, err)
					return
				}
			}
		})
	}
	wg.Wait()
	require.NoError(t, q.Stop(t.Context(), Drain))
	require.Equal(t, 8*3000, q.core.state)
}

// TestClone lets a handler change what its state points to, and fail then.
func TestClone(t *testing.T) {
	clones := 0
	q, err := New(map[string]int{"a": 1}, func(t *Turn[map[string]int, int], n int) (int, error) {
		if t.State["a"] = n; n < 0 {
			return 0, errPlanned
		}
		return len(t.State), nil
	}, Options[map[string]int, int, int]{Clone: func(m map[string]int) map[string]int { clones++; return maps.Clone(m) }})
	require.NoError(t, err)
	_, err = q.Do(t.Context(), -1)
	require.ErrorIs(t, err, errPlanned)
	require.NoError(t, q.Stop(t.Context(), Drain))
	require.Equal(t, map[string]int{"a": 1}, q.core.state)
	require.Equal(t, 1, clones)
}
