package patterns_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/patterns"
)

// TestTablesOfStepsAreComplete holds the table of steps of each pattern's system
// against the spec: no step is missing, and none is superfluous.
func TestTablesOfStepsAreComplete(t *testing.T) {
	for _, p := range patterns.All {
		t.Run(p.Name, func(t *testing.T) {
			spec, err := conformance.Load(p.Spec, p.Library...)
			require.NoError(t, err)
			system, err := p.System(nil)
			require.NoError(t, err)
			defer func() { require.NoError(t, system.Close()) }()
			table, ok := system.(interface{ Complete(spec []string) error })
			require.True(t, ok, "the system of %s is not a table of steps", p.Name)
			require.NoError(t, table.Complete(spec.Steps()))
		})
	}
}
