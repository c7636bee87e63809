package twophasecommit

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

func TestFaultsAreAccepted(t *testing.T) {
	p := Pattern
	p.Scenarios = slices.DeleteFunc(slices.Clone(p.Scenarios), func(s conformance.Scenario) bool { return s.Name == "processes" }) // TestProcesses has those
	paths, err := p.Record(t.Context(), t.TempDir(), false)
	require.NoError(t, err)
	var traces []*trace.Trace
	for _, path := range paths {
		tr, err := trace.ReadFile(path)
		require.NoError(t, err)
		traces = append(traces, tr)
	}
	conformance.Accepts(t, Pattern.Spec, traces...)
}
