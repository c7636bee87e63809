package toolbox_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/toolbox"
)

func TestGateHoldsUntilItIsOpened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var gate toolbox.Gate
		var passed atomic.Int32
		var wait sync.WaitGroup
		gate.Pass(t.Context()) // it is open at first
		gate.PassOne(t.Context())
		gate.Open()
		gate.Hold()
		for range 3 {
			wait.Go(func() {
				gate.Pass(t.Context())
				passed.Add(1)
			})
		}
		synctest.Wait()
		require.Zero(t, passed.Load())
		require.Equal(t, 3, gate.Arrived())

		gate.PassOne(t.Context())
		synctest.Wait()
		require.EqualValues(t, 1, passed.Load())
		require.Equal(t, 3, gate.Arrived())

		gate.Open()
		wait.Wait()
		gate.Pass(t.Context())
		require.Equal(t, 3, gate.Arrived(), "an open gate counts none")
		gate.Hold()
		require.Zero(t, gate.Arrived())
	})
}

func TestGateGivesUpWithItsContext(t *testing.T) {
	var gate toolbox.Gate
	gate.Hold()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	gate.Pass(ctx)
	gate.PassOne(ctx)
	require.Equal(t, 1, gate.Arrived())
}
