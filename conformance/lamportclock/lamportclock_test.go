package lamportclock

import (
	"context"
	"io/fs"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

func TestMain(m *testing.M) {
	conformance.Serve(&Pattern)
	os.Exit(m.Run())
}

// TestScenariosTakeEveryStep records all scenarios, with processes that are
// killed: no caller may get what it must not rely on, and there must be no step
// of the spec that none of them takes. That their traces are accepted is for the
// checker to say.
func TestScenariosTakeEveryStep(t *testing.T) {
	taken := map[string]int{}
	for _, s := range Pattern.Scenarios {
		t.Run(s.Name, func(t *testing.T) {
			p := Pattern
			p.Scenarios = []conformance.Scenario{s}
			paths, err := p.Record(context.Background(), t.TempDir(), false)
			require.NoError(t, err)
			require.Len(t, paths, s.Runs)
			for _, path := range paths {
				tr, err := trace.ReadFile(path)
				require.NoError(t, err)
				t.Logf("%s: %d steps", path, len(tr.Events))
				for _, e := range tr.Events {
					taken[e.Step]++
				}
			}
		})
	}
	source, err := fs.ReadFile(Pattern.Spec, "LamportClockSteps.tla")
	require.NoError(t, err)
	steps := regexp.MustCompile(`Step\("(\w+)"`).FindAllSubmatch(source, -1)
	require.NotEmpty(t, steps)
	for _, m := range steps {
		require.NotZero(t, taken[string(m[1])], "no scenario takes %s: %v", m[1], taken)
	}
}
