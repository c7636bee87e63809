package writeaheadlog

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/explain"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/rules"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// namedBy are the rules that an explanation does not find in the guard that
// does not hold, with where it finds them instead.
var namedBy = map[string]string{
	// Taking a flush that failed for one that did not is a step like any other.
	// It shows when a crash takes what was never flushed: there the value of
	// durable comes from the flush.
	"MayAdvance":  "origin",
	"MustRewrite": "origin",
	// The step is allowed, with another view, and the rule makes the view.
	"IsWhole":     "view",
	"MayContinue": "view",
	"Records":     "view",
}

// TestExplanationNamesTheRule leaves each rule out of the code, and lets the
// refused trace be explained.
func TestExplanationNamesTheRule(t *testing.T) {
	if testing.Short() {
		t.Skip("needs Java and TLC")
	}
	found, err := tlc.Find(t.Context())
	require.NoError(t, err)
	c := &conformance.Checker{TLC: found, Parallel: 2}
	s, err := conformance.Load(Pattern.Spec, Pattern.Library...)
	require.NoError(t, err)
	names, err := s.BrokenRules()
	require.NoError(t, err)
	var left []*report.Rule
	for _, name := range names {
		left = append(left, &report.Rule{Name: name})
	}
	sources, err := Pattern.Sources()
	require.NoError(t, err)
	b := conformance.NewBreaker("github.com/lockstep-tla/lockstep", &Pattern)
	defer b.Close()
	require.NoError(t, rules.BreakCode(t.Context(), c.Runner(), s, sources.Code, b, left))
	var refused []*trace.Trace
	var verdicts []conformance.Verdict
	for _, r := range left {
		require.NotNil(t, r.Refused, "%s: %s", r.Name, r.Message)
		refused, verdicts = append(refused, r.Refused), append(verdicts, r.Verdict)
	}
	explained, err := explain.ExplainAll(t.Context(), c.Runner(), s, refused, verdicts)
	require.NoError(t, err)
	for i, r := range left {
		x := explained[i]
		t.Logf("%s: %s\n%s", r.Name, x.Summary, x)
		require.Len(t, x.State, 11, "%s", x)
		require.NotEmpty(t, x.Possible, "%s", x)
		require.Empty(t, x.Notes, "%s", x)
		if where, ok := namedBy[r.Name]; ok {
			require.Equal(t, where, x.Names(r.Name), "%s: %s", r.Name, x)
			continue
		}
		require.Equal(t, "reason", x.Names(r.Name), "%s", x)
		require.Contains(t, x.Summary, r.Name, "%s", x)
	}
}
