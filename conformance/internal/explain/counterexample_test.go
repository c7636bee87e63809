package explain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/internal/explain"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/rules"
)

// TestSetupEndsWhereTheRuleForbids has a message that is received twice: the rule
// allows the step that sends it and the first that receives it.
func TestSetupEndsWhereTheRuleForbids(t *testing.T) {
	c, s := checktest.Runner(t), checktest.PingSpec(t)
	r := &report.Rule{Name: "IsNew"}
	require.NoError(t, rules.BreakSpec(t.Context(), c, s, "IsNew", r))
	require.Equal(t, report.Detected, r.Spec, r.Message)
	told, err := explain.ExplainCounterexample(t.Context(), c, s, "IsNew", r.Falls(), r.Counterexample, r.Loop)
	require.NoError(t, err)
	require.Len(t, told.States, 4)
	require.Equal(t, 2, told.Setup)
	allowed := r.Counterexample[:3]
	told, err = explain.ExplainCounterexample(t.Context(), c, s, "IsNew", "", allowed, nil)
	require.NoError(t, err)
	require.Zero(t, told.Setup, "the rule forbids none of the steps")
}
