package clockboundwait

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	cbw "github.com/lockstep-tla/lockstep/impl/clockboundwait"
	"github.com/lockstep-tla/lockstep/impl/environment/registertest"
	"github.com/lockstep-tla/lockstep/trace"
)

// TestScenariosTakeEveryStep records all scenarios: porcupine must accept what the clients
// were told.
func TestScenariosTakeEveryStep(t *testing.T) {
	conformance.Records(t, &Pattern, "walk", "scripted")
}

// TestPorcupineRefusesABrokenBound lets a client write at n1 and read with stamps of n2. If
// n1's clock is ahead of its interval and n2's behind, the client misses what it has written.
func TestPorcupineRefusesABrokenBound(t *testing.T) {
	for seed := range int64(10) {
		for _, excess := range []int64{0, 8} {
			v, err := newVirtual(seed, excess, 1, nil, new(toolbox.Answers))
			require.NoError(t, err)
			ctx := context.Background()
			for i := range 3 {
				require.NoError(t, v.put(ctx, 0, "n1", "a", fmt.Sprint(i)))
				require.NoError(t, v.get(ctx, 0, "n2", "n1", "a"))
			}
			if excess == 0 {
				require.NoError(t, v.Judge(), "seed %d", seed)
			} else {
				require.ErrorIs(t, v.Judge(), registertest.ErrNotLinearizable, "seed %d", seed)
			}
		}
	}
}

// TestRealClockBeyondItsBoundIsRefused has clocks that err by more than their whole intervals. The
// spec refuses the first reading, whatever the timing is. What clients are told may be wrong or not.
func TestRealClockBeyondItsBoundIsRefused(t *testing.T) {
	why := toolbox.RefusalOf(t, Pattern.Spec, 1, func(run conformance.Run) error {
		return toolbox.Allow(onMachine(t.Context(), run, 2000), registertest.ErrNotLinearizable)
	})
	require.Contains(t, why, "Read (guard)")
}

// TestEndIsRefusedWhileSomethingWaits: a request, a write or a read. The refusal says so.
func TestEndIsRefusedWhileSomethingWaits(t *testing.T) {
	for text, waits := range map[string]string{
		`n1 arrives`:                   "arrived[n] = None",
		`5, n1 puts a 5 5, 9`:          "pending[n] = {}",
		`5, n2 asks n1 a 5 5, 9`:       "asked = {}",
		`5, n1 puts a 5 5, n1 arrives`: "arrived[n] = None",
	} {
		why := toolbox.Refusal(t, Pattern.Spec, header("test", 0), func(rec *trace.Recorder) error {
			var s toolbox.Script
			c := newCluster(rec, widths)
			s.FollowSteps(text, cbw.ErrNotAllowed, func(words []string) error { return c.obey(&s, words) })
			require.NoError(t, s.Err(), text)
			c.End()
			return nil
		})
		require.Contains(t, why, "End (guard)", text)
		require.Contains(t, why, waits, text)
	}
}
