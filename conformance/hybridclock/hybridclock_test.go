package hybridclock

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	hc "github.com/lockstep-tla/lockstep/impl/hybridclock"
	"github.com/lockstep-tla/lockstep/trace"
)

func TestMain(m *testing.M) {
	conformance.Reexec(&Pattern)
	os.Exit(m.Run())
}

// TestQuietIsRefusedDuringAFlush has a node that asks for a reservation, and claims that it
// waits for none.
func TestQuietIsRefusedDuringAFlush(t *testing.T) {
	spec := toolbox.Joined(t,
		toolbox.Part{Folder: Pattern.Spec, Files: []string{"*.tla", "*.cfg"}},
		toolbox.Part{Folder: Pattern.Library[0], Files: []string{"StrictOrderEmbedding.tla"}})
	why := toolbox.Refusal(t, spec, header("test", 0), func(rec *trace.Recorder) error {
		core := hc.NewCore("n1", maxOffset, rec)
		core.Restart(0)
		err := core.Reserve(5)
		core.Quiet()
		return err
	})
	require.Contains(t, why, "Quiet (guard)")
	require.Contains(t, why, "asked[n] = bound[n]")
}

// TestScenariosTakeEveryStep records all scenarios, with processes that are killed: no
// caller may get what it must not rely on.
func TestScenariosTakeEveryStep(t *testing.T) {
	conformance.Records(t, &Pattern, "walk", "scripted")
}
