package patterns_test

import (
	"context"
	"math"
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

// largerLimit is how long today's larger model may take, so that the tests never take an hour.
const largerLimit = 5 * time.Minute

// TestLargerModelsTakeTurns runs one of the models that are too large for every check: today's.
// A model that takes longer than the limit is searched, breadth-first, as far as that.
// LOCKSTEP_LARGER names others, as in twophasecommit/Three, and they are searched to their
// end; * stands for any text.
func TestLargerModelsTakeTurns(t *testing.T) {
	runner := checktest.Runner(t)
	runner.MemoryMB = 0
	models := map[string]func(*testing.T){}
	wanted := os.Getenv("LOCKSTEP_LARGER")
	limit := time.Duration(math.MaxInt64)
	if wanted == "" {
		limit = largerLimit
	}
	for _, p := range patterns.Checked {
		s, err := conformance.Load(p.Spec, p.Library...)
		require.NoError(t, err)
		larger, err := s.Larger()
		require.NoError(t, err)
		for _, name := range larger {
			models[p.Name+"/"+name] = func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				defer cancel()
				result, config, err := runner.CheckModel(ctx, s, name)
				require.NoError(t, err)
				outcome, message := run.Expected(result, config.Expect)
				if outcome == report.Unknown && ctx.Err() != nil {
					t.Skipf("searched for %s, without a contradiction, and not to its end", limit)
				}
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
