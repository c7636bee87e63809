package hybridclock

import (
	"io/fs"
	"os"
	"testing"
	"testing/fstest"

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
	spec := fstest.MapFS{}
	for glob, folder := range map[string]fs.FS{"*.*": Pattern.Spec, "StrictOrderEmbedding.tla": Pattern.Library[0]} {
		names, err := fs.Glob(folder, glob)
		require.NoError(t, err)
		for _, name := range names {
			text, err := fs.ReadFile(folder, name)
			require.NoError(t, err)
			spec[name] = &fstest.MapFile{Data: text}
		}
	}
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
