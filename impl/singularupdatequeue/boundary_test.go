package singularupdatequeue

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/trace"
)

// TestQueueAndBatchOfExactlyTheLimit: while the worker is at work, the queue takes as many
// requests as it has places, and rejects one more. Then the worker takes as many as a batch may
// have, and the one behind them next.
func TestQueueAndBatchOfExactlyTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const batch = 3
		var taken []trace.Value
		rec := trace.Watch(func(e trace.Event) error {
			if e.Step == "Take" {
				taken = append(taken, e.Args["count"])
			}
			return nil
		})
		show := func(n int) trace.Value { return n }
		hold := make(chan struct{})
		q, err := New(0, func(_ *Turn[int, int], n int) (int, error) {
			<-hold
			return n, nil
		}, Options[int, int, int]{
			Policy: Reject, Capacity: 1 + batch + 1, Batch: batch,
			Trace: Tracing[int, int, int]{Recorder: rec, State: show, Request: show, Result: show},
		})
		require.NoError(t, err)
		for n := range 1 + batch + 1 {
			_, err := q.Submit(t.Context(), n)
			require.NoError(t, err)
			synctest.Wait() // the worker has the first alone
		}
		_, err = q.Submit(t.Context(), 0)
		require.ErrorIs(t, err, ErrFull)
		close(hold)
		require.NoError(t, q.Stop(t.Context(), Drain))
		require.Equal(t, []trace.Value{1, batch, 1}, taken)
	})
}
