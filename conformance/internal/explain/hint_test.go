package explain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/explain"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/trace"
)

// TestTraceRejectedAsAWholeHasNoHints has a verdict that names no step.
func TestTraceRejectedAsAWholeHasNoHints(t *testing.T) {
	rejected := report.Verdict{Outcome: report.Rejected, Reason: report.Malformed}
	one := &trace.Trace{Events: []trace.Event{{Step: "Acquire"}}}
	x := &report.Explanation{}
	require.NoError(t, explain.FindHints(t.Context(), nil, nil, one, rejected, x))
	require.Empty(t, x.Hints)
}
