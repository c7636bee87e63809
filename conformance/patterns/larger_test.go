package patterns_test

import (
	"os"
	"path"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/patterns"
)

// TestLargerModelsTakeTurns runs one of the models that are too large for every check: today's.
// LOCKSTEP_LARGER names others, as in twophasecommit/Three; * stands for any text.
func TestLargerModelsTakeTurns(t *testing.T) {
	runner := checktest.Runner(t)
	runner.MemoryMB = 0
	models := map[string]func(*testing.T){}
	for _, p := range patterns.All {
		s, err := conformance.Load(p.Spec, p.Library...)
		require.NoError(t, err)
		larger, err := s.Larger()
		require.NoError(t, err)
		for _, name := range larger {
			models[p.Name+"/"+name] = func(t *testing.T) {
				result, config, err := runner.CheckModel(t.Context(), s, name)
				require.NoError(t, err)
				outcome, message := run.Expected(result, config.Expect)
				require.Equal(t, report.Accepted, outcome, message)
			}
		}
	}
	require.NotEmpty(t, models)
	var all []string
	for name := range models {
		all = append(all, name)
	}
	slices.Sort(all)
	wanted := os.Getenv("LOCKSTEP_LARGER")
	if wanted == "" {
		wanted = all[time.Now().UTC().YearDay()%len(all)]
	}
	ran := 0
	for _, name := range all {
		if match, err := path.Match(wanted, name); match || err != nil {
			require.NoError(t, err, "LOCKSTEP_LARGER")
			t.Run(name, models[name])
			ran++
		}
	}
	require.NotZero(t, ran, "LOCKSTEP_LARGER: %s is none of %v", wanted, all)
}
