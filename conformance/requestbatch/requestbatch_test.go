package requestbatch

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

// TestScenariosTakeEveryStep records all scenarios. What callers are told is held against
// the traces.
func TestScenariosTakeEveryStep(t *testing.T) {
	conformance.Records(t, &Pattern, "scripted", "cluster")
}

// TestNoRunIsQuietWhileACallerWaits: the refusal of such a claim is explained.
func TestNoRunIsQuietWhileACallerWaits(t *testing.T) {
	why := toolbox.Refusal(t, Pattern.Spec, header("owed", 1, limits, 40), func(rec *trace.Recorder) error {
		s := newNetwork(rec, limits)
		defer s.client.Quiet()
		return errors.Join(s.ask(4), s.client.Cut(), s.send())
	})
	require.Contains(t, why, "step 4, Quiet (guard)")
	require.Contains(t, why, `calls[c].outcome # ""`)
}
