package toolbox_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
)

func TestEventuallyWaitsForWhatComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p toolbox.Patience
		began := time.Now()
		require.NoError(t, p.Eventually(t.Context(), "five seconds are over", func() bool { return time.Since(began) > 5*time.Second }))
		require.Less(t, time.Since(began), 6*time.Second)
		require.False(t, p.RanOut())
	})
}

func TestPatienceIsShortOnceItHasRunOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p, other toolbox.Patience
		never := func() bool { return false }
		began := time.Now()
		err := p.Eventually(t.Context(), "pigs fly", never)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "it is not so that pigs fly")
		require.Equal(t, conformance.WaitLimit(), time.Since(began))
		require.True(t, p.RanOut())
		began = time.Now()
		_, err = toolbox.Waiting(t.Context(), &p, "pigs fly", make(chan int))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Less(t, time.Since(began), time.Second)
		require.False(t, other.RanOut(), "another pattern's patience is its own")
	})
}

func TestTheEndOfARunIsNotTheEndOfPatience(t *testing.T) {
	var p toolbox.Patience
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errPlanned)
	require.ErrorIs(t, p.Eventually(ctx, "pigs fly", func() bool { return false }), errPlanned)
	require.False(t, p.RanOut())
}
