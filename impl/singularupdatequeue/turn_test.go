package singularupdatequeue

import (
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
