package versionedvalue

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	vv "github.com/lockstep-tla/lockstep/impl/versionedvalue"
	"github.com/lockstep-tla/lockstep/trace"
)

// TestScenariosTakeEveryStep records all scenarios: no reader may get what its version
// does not have.
func TestScenariosTakeEveryStep(t *testing.T) {
	conformance.Records(t, &Pattern, "walk", "scripted")
}

// TestQuietIsRefusedWhileSomethingIsOwed: to a writer, to a reader, or by the collector. The
// refusal says so.
func TestQuietIsRefusedWhileSomethingIsOwed(t *testing.T) {
	for text, owed := range map[string]string{
		"take 1 a u": "writes = {}", "open 0": "open = <<>>", "put 1 a u, put 2 a v, mark 2": "IsGarbage",
	} {
		why := toolbox.Refusal(t, Pattern.Spec, header("test", 0), func(rec *trace.Recorder) error {
			s := &script{Core: vv.NewCore(rec)}
			s.FollowSteps(text, vv.ErrNotAllowed, s.step)
			require.False(t, s.Idle())
			s.Quiet()
			return s.Err()
		})
		require.Contains(t, why, "Quiet (guard)", text)
		require.Contains(t, why, owed)
	}
}
