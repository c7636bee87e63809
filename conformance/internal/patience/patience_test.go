package patience

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

var errLate = errors.New("late")

func TestLimitOnAQuietMachine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, limit := range []time.Duration{time.Minute, 100 * time.Millisecond, time.Millisecond} {
			began := time.Now()
			ctx, cancel := WithLimit(t.Context(), limit, errLate)
			child, cancelChild := context.WithCancel(ctx)
			<-child.Done()
			require.Equal(t, limit, time.Since(began))
			require.ErrorIs(t, ctx.Err(), context.DeadlineExceeded)
			require.ErrorIs(t, context.Cause(ctx), errLate)
			require.ErrorIs(t, child.Err(), context.DeadlineExceeded)
			require.ErrorIs(t, context.Cause(child), errLate)
			cancelChild()
			cancel()
		}
	})
}

// TestLimitGrowsOnABusyMachine, on which each tick is twenty times as late.
func TestLimitGrowsOnABusyMachine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		ctx, cancel := withLimit(t.Context(), time.Minute, errLate, func(d time.Duration) <-chan time.Time { return time.After(20 * d) })
		defer cancel()
		<-ctx.Done()
		require.Equal(t, 20*time.Minute, time.Since(began))
	})
}

func TestLimitEndsWithItsParent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parent, end := context.WithCancelCause(t.Context())
		ctx, cancel := WithLimit(parent, time.Minute, errLate)
		defer cancel()
		end(errLate)
		<-ctx.Done()
		require.ErrorIs(t, ctx.Err(), context.Canceled)
		require.ErrorIs(t, context.Cause(ctx), errLate)
	})
	ctx, cancel := WithLimit(t.Context(), time.Hour, errLate)
	cancel()
	require.ErrorIs(t, ctx.Err(), context.Canceled)
}
