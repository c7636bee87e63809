package twophasecommit

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

func TestProcessesTmp(t *testing.T) {
	p := Pattern
	p.Scenarios = []conformance.Scenario{p.Scenarios[len(p.Scenarios)-1]}
	p.Scenarios[0].Runs = 4
	paths, err := p.Record(t.Context(), t.TempDir(), false)
	require.NoError(t, err)
	var traces []*trace.Trace
	for _, path := range paths {
		tr, err := trace.ReadFile(path)
		require.NoError(t, err)
		t.Log(len(tr.Events))
		traces = append(traces, tr)
	}
	conformance.Accepts(t, Pattern.Spec, traces...)
}
