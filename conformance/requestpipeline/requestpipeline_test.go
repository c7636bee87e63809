package requestpipeline

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	rp "github.com/lockstep-tla/lockstep/impl/requestpipeline"
	"github.com/lockstep-tla/lockstep/trace"
)

func TestMain(m *testing.M) {
	conformance.Reexec(&Pattern)
	os.Exit(m.Run())
}

// TestScenariosTakeEveryStep records all scenarios.
func TestScenariosTakeEveryStep(t *testing.T) {
	conformance.Records(t, &Pattern, "walk", "scripted")
}

// TestNoRunIsQuietWhileARequestIsInFlight: the refusal of such a claim is explained. A request
// whose caller has left is in flight, too.
func TestNoRunIsQuietWhileARequestIsInFlight(t *testing.T) {
	for _, c := range []struct{ course, because string }{
		{"connect, ask 1, send", `calls[k].told # ""`},
		{"connect, ask 1, send, cancel 1", "window = <<>>"},
	} {
		why := toolbox.Refusal(t, Pattern.Spec, header("owed", 1, 1, 2, false), func(rec *trace.Recorder) error {
			s := &script{system: newPair(rec, 2)}
			s.Must(s.client.Restart(1))
			s.FollowSteps(c.course, rp.ErrNotAllowed, s.step)
			s.client.Quiet()
			return s.Err()
		})
		require.Contains(t, why, "Quiet (guard)")
		require.Contains(t, why, c.because)
	}
}
