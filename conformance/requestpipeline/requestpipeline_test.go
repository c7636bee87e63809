package requestpipeline

import (
	"errors"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/trace"
)

func TestMain(m *testing.M) {
	conformance.Reexec(&Pattern)
	os.Exit(m.Run())
}

// TestScenariosTakeEveryStep records all scenarios.
func TestScenariosTakeEveryStep(t *testing.T) {
	conformance.Records(t, &Pattern, "walk")
}

// TestNoRunIsQuietWhileARequestIsInFlight: the refusal of such a claim is explained. A request
// whose caller has left is in flight, too.
func TestNoRunIsQuietWhileARequestIsInFlight(t *testing.T) {
	for _, c := range []struct {
		leaves  bool
		because string
	}{{false, `calls[k].told # ""`}, {true, "window = <<>>"}} {
		why := toolbox.Refusal(t, Pattern.Spec, header("owed", 1, 1, 2, false), func(rec *trace.Recorder) error {
			s := newPair(rec, 2)
			err := errors.Join(s.client.Restart(1), s.connect(), s.ask("r1"), s.send())
			if c.leaves {
				err = errors.Join(err, s.client.Cancel(s.calls["r1"]))
			}
			s.client.Quiet()
			return err
		})
		require.Contains(t, why, "Quiet (guard)")
		require.Contains(t, why, c.because)
	}
}
