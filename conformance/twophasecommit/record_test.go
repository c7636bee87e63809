package twophasecommit

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

// inOneProcess is the pattern without the scenario that TestProcesses has.
func inOneProcess() conformance.Pattern {
	p := Pattern
	p.Scenarios = slices.DeleteFunc(slices.Clone(p.Scenarios), func(s conformance.Scenario) bool { return s.Name == "processes" })
	return p
}

func TestRecord(t *testing.T) {
	p := inOneProcess()
	conformance.Records(t, &p, "script", "faults")
}

func TestFaultsAreAccepted(t *testing.T) {
	p := inOneProcess()
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
