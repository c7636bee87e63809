package patterns_test

import (
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/analysis"
	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/majorityquorum"
	"github.com/lockstep-tla/lockstep/conformance/patterns"
)

// fewForLiveness is the number of states of a model whose liveness is looked at in each run.
const fewForLiveness = 3200

// TestLivenessIsNotThatOfABound checks the liveness of each model with a CONSTRAINT once more,
// with fairness of the steps that stay inside. LOCKSTEP_LIVENESS=all does so of larger models
// too, which takes a quarter of an hour.
func TestLivenessIsNotThatOfABound(t *testing.T) {
	runner := checktest.Runner(t)
	all := os.Getenv("LOCKSTEP_LIVENESS") == "all"
	looked := 0
	for _, p := range patterns.Checked {
		s, err := conformance.Load(p.Spec, p.Library...)
		require.NoError(t, err)
		further, err := s.Further()
		require.NoError(t, err)
		abstract, err := s.Abstract()
		require.NoError(t, err)
		for _, name := range slices.Concat([]string{""}, further, abstract) {
			_, config, err := s.Model(name)
			require.NoError(t, err)
			if !all && (config.Expect == nil || config.Expect.Distinct > fewForLiveness) {
				continue
			}
			looked++
			t.Run(p.Name+name, func(t *testing.T) {
				found, err := analysis.LivenessOfBound(t.Context(), s, runner, name)
				require.NoError(t, err)
				require.Empty(t, found)
			})
		}
	}
	require.Greater(t, looked, 10)
}

// TestLivenessOfABoundIsFound: an operation that has begun with its second call cannot put, where
// there are two calls.
func TestLivenessOfABoundIsFound(t *testing.T) {
	runner := checktest.Runner(t)
	p := majorityquorum.Pattern
	s, err := conformance.Load(checktest.Rewritten(t, p.Spec, "MCMajorityQuorum.tla", "THEN 1 ELSE 0) <= 3", "THEN 1 ELSE 1) <= 3"), p.Library...)
	require.NoError(t, err)
	found, err := analysis.LivenessOfBound(t.Context(), s, runner, "Ends")
	require.NoError(t, err)
	require.Contains(t, found, "C1Ends or C2Ends holds because of the bound")
}
