package clocktest

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTimeGoesOnWhenAllSleep has goroutines that read the time without a lock: it stands still
// while one of them is awake, also when others have ended.
func TestTimeGoesOnWhenAllSleep(t *testing.T) {
	now := 0
	s := NewSleepers(4, func() { now++ })
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			defer s.Add(-1)
			for turn := range 3 * (i + 1) {
				require.Equal(t, turn, now)
				require.NoError(t, s.Sleep(t.Context()))
			}
			require.Equal(t, 3*(i+1), now)
		})
	}
	all.Wait()
	require.Equal(t, 12, now)
	s.Add(1)
	ctx, done := WithPatience(t.Context(), 2)
	require.NoError(t, s.Sleep(ctx))
	require.NoError(t, s.Sleep(ctx))
	require.ErrorIs(t, s.Sleep(ctx), context.DeadlineExceeded)
	require.Equal(t, 14, now)
	done()
	require.ErrorIs(t, s.Sleep(ctx), context.DeadlineExceeded)
}
