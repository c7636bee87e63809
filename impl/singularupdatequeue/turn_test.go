package singularupdatequeue

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// TestPanicErrorSaysHowTheHandlerLeft covers a panic with an error, a panic with
// another value, and runtime.Goexit.
func TestPanicErrorSaysHowTheHandlerLeft(t *testing.T) {
	for _, c := range []struct {
		name, says string
		leave      func()
		cause      error // what errors.Is must find in it, beside ErrPanicked
	}{
		{"error", "singular update queue: handler panicked: as planned", func() { panic(errPlanned) }, errPlanned},
		{"text", "singular update queue: handler panicked: enough", func() { panic("enough") }, ErrPanicked},
		{"goexit", "singular update queue: handler left by runtime.Goexit", runtime.Goexit, ErrPanicked},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := newCounter(t, Block, 1)
			_, err := q.Do(t.Context(), func(*Turn[int, int]) (int, error) { c.leave(); return 0, nil })
			require.ErrorIs(t, err, ErrPanicked)
			require.ErrorIs(t, err, c.cause)
			require.NotErrorIs(t, err, ErrStopped)
			require.EqualError(t, err, c.says)
			var left *PanicError
			require.ErrorAs(t, err, &left)
			require.Contains(t, string(left.Stack), "TestPanicErrorSaysHowTheHandlerLeft", "where it was")
			require.NoError(t, q.Stop(t.Context(), Drain))
		})
	}
}

// TestFullNextStageRefusesAtOnce passes a request on to a stage whose only place
// is taken by the request that its worker is busy with.
func TestFullNextStageRefusesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, next := newCounter(t, Block, 1), newCounter(t, Block, 1)
		begun, end := make(chan struct{}), make(chan struct{})
		busy, err := next.Submit(t.Context(), func(turn *Turn[int, int]) (int, error) {
			close(begun)
			<-end
			return add(turn)
		})
		require.NoError(t, err)
		<-begun

		_, err = first.Do(t.Context(), func(turn *Turn[int, int]) (int, error) {
			return Pass(turn, next, add, func(_ *Turn[int, int], got int, err error) (int, error) { return got, err })
		})
		close(end)
		require.ErrorIs(t, err, ErrGaveUp)
		_, err = busy.Wait(t.Context())
		require.NoError(t, err)
		require.NoError(t, first.Stop(t.Context(), Drain))
		require.NoError(t, next.Stop(t.Context(), Drain))
	})
}

// TestDoneIsClosedWithTheAnswer waits on the channel and not on the future.
func TestDoneIsClosedWithTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newCounter(t, Block, 1)
		end := make(chan struct{})
		f, err := q.Submit(t.Context(), func(turn *Turn[int, int]) (int, error) { <-end; return add(turn) })
		require.NoError(t, err)
		synctest.Wait()
		select {
		case <-f.Done():
			t.Fatal("done before the handler has returned")
		default:
		}
		close(end)
		<-f.Done()
		got, err := f.Wait(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, got)
		require.NoError(t, q.Stop(t.Context(), Drain))
	})
}

// TestDrainLetsCallsReturn: the context of a call outlives the Stop, also when a second one
// would abandon it.
func TestDrainLetsCallsReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newCounter(t, Block, 1)
		phone := make(chan struct{})
		f, err := q.Submit(t.Context(), func(turn *Turn[int, int]) (int, error) {
			return Await(turn, func(ctx context.Context) (int, error) { <-phone; return 7, ctx.Err() },
				func(_ *Turn[int, int], got int, err error) (int, error) { return got, err })
		})
		require.NoError(t, err)
		synctest.Wait() // it is out
		for _, how := range []How{Drain, Abandon} {
			require.ErrorIs(t, q.Stop(noWait, how), context.Canceled)
		}
		close(phone)
		require.NoError(t, q.Stop(t.Context(), Drain))
		got, err := f.Wait(noWait)
		require.NoError(t, err)
		require.Equal(t, 7, got)
	})
}

// TestHandlerStopsItsOwnQueue: it does not wait, and the queue stops all the same.
func TestHandlerStopsItsOwnQueue(t *testing.T) {
	for how, want := range map[How]error{Drain: nil, Abandon: ErrStopped} {
		t.Run(how.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := newCounter(t, Block, 2)
				gate := make(chan struct{})
				f, err := q.Submit(t.Context(), func(turn *Turn[int, int]) (int, error) {
					<-gate
					require.ErrorIs(t, q.Stop(turn.Context(), how), ErrOwnQueue)
					_, err := q.Submit(turn.Context(), add)
					require.ErrorIs(t, err, ErrStopped)
					return add(turn)
				})
				require.NoError(t, err)
				synctest.Wait() // it is at work, and the next one is not taken with it
				behind, err := q.Submit(t.Context(), add)
				require.NoError(t, err)
				close(gate)
				got, err := f.Wait(t.Context())
				require.NoError(t, err)
				require.Equal(t, 1, got)
				_, err = behind.Wait(t.Context())
				require.ErrorIs(t, err, want)
				synctest.Wait()
				require.NoError(t, q.Stop(noWait, how), "it has stopped")
			})
		})
	}
}

// TestHandlerWaitsForAnotherQueue as a client does, with the context of its turn.
func TestHandlerWaitsForAnotherQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, other := newCounter(t, Block, 1), newCounter(t, Block, 1)
		got, err := q.Do(t.Context(), func(turn *Turn[int, int]) (int, error) {
			return other.Do(turn.Context(), add)
		})
		require.NoError(t, err)
		require.Equal(t, 1, got)
		_, err = q.Do(t.Context(), func(turn *Turn[int, int]) (int, error) {
			return 0, other.Stop(turn.Context(), Drain)
		})
		require.NoError(t, err)
		require.NoError(t, q.Stop(t.Context(), Drain))
	})
}

// TestEndOfAContextHasItsCause: for a place, for an answer, and for the end of the queue.
func TestEndOfAContextHasItsCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newCounter(t, Block, 1)
		gate := make(chan struct{})
		f, err := q.Submit(t.Context(), func(turn *Turn[int, int]) (int, error) { <-gate; return add(turn) })
		require.NoError(t, err)
		ctx, end := context.WithCancelCause(t.Context())
		end(errPlanned)
		_, err = q.Submit(ctx, add)
		require.ErrorIs(t, err, ErrGaveUp)
		require.ErrorIs(t, err, errPlanned)
		_, err = f.Wait(ctx)
		require.ErrorIs(t, err, errPlanned)
		require.ErrorIs(t, q.Stop(ctx, Drain), errPlanned)
		close(gate)
		require.NoError(t, q.Stop(t.Context(), Drain))
	})
}
