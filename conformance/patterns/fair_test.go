package patterns_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/analysis"
	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/patterns"
)

func TestNoBoundStopsAFairStep(t *testing.T) {
	runner := checktest.Runner(t)
	for _, p := range patterns.All {
		t.Run(p.Name, func(t *testing.T) {
			s, err := conformance.Load(p.Spec, p.Library...)
			require.NoError(t, err)
			models := []string{""}
			further, err := s.Further()
			require.NoError(t, err)
			abstract, err := s.Abstract()
			require.NoError(t, err)
			for _, name := range append(append(models, further...), abstract...) {
				t.Run("model"+name, func(t *testing.T) {
					found, err := analysis.LivenessOfBound(t.Context(), s, runner, name)
					if err != nil { t.Log("ERR", err) }
					if found != "" { t.Log("FOUND", found) }
				})
			}
		})
	}
}
