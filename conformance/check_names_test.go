package conformance_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

// TestFalsifiedTracesAreNamedByScenario keeps the name of a temporary file out
// of the messages.
func TestFalsifiedTracesAreNamedByScenario(t *testing.T) {
	recorded := &trace.Trace{Name: "temporary.ndjson", Header: trace.Header{Scenario: "random", Seed: 7}}
	named := conformance.NamedIn(&conformance.Pattern{Scenarios: []conformance.Scenario{{}}}, []*trace.Trace{recorded})
	require.Equal(t, "scenario random, seed 7", named[0].Name)
	require.Equal(t, "temporary.ndjson", recorded.Name, "the trace itself keeps its file")
}
