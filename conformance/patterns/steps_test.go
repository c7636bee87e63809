package patterns_test

import (
	"io/fs"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/patterns"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

// TestTablesOfStepsAreComplete holds the table of steps of each pattern's system
// against the spec: no step is missing, and none is superfluous.
func TestTablesOfStepsAreComplete(t *testing.T) {
	for _, p := range patterns.Checked {
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

// TestStepsModelsAreAsExpected holds the first line of each XSteps.cfg against TLC: how many
// states the model has that Explore drives.
func TestStepsModelsAreAsExpected(t *testing.T) {
	runner := checktest.Runner(t)
	for _, p := range patterns.Checked {
		t.Run(p.Name, func(t *testing.T) {
			spec, err := conformance.Load(p.Spec, p.Library...)
			require.NoError(t, err)
			job := tlc.Job{Files: maps.Clone(spec.Files), Module: spec.Name + "Steps", Short: true}
			job.Files[job.Module+".cfg"], err = fs.ReadFile(p.Spec, job.Module+".cfg")
			require.NoError(t, err)
			result, err := runner.Run(t.Context(), job)
			require.NoError(t, err)
			outcome, message := run.Expected(result, spec.Config.Expect)
			require.Equal(t, report.Accepted, outcome, message)
		})
	}
}
