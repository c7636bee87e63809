package writeaheadlog

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

// notNamed are the rules that no explanation can name, with the reason.
var notNamed = map[string]string{
	// Taking a flush that failed for one that did not is a step like any other.
	// It shows when a crash takes what was never flushed.
	"MayAdvance": "Crash: left \\in durable .. Len(file) is FALSE",
	// The step is allowed, with another view.
	"IsWhole": "the spec allows the step, but not with this view",
	"Records": "the spec allows the step, but not with this view",
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
	var rules []*conformance.Rule
	for _, name := range names {
		rules = append(rules, &conformance.Rule{Name: name})
	}
	b := &conformance.Breaker{Main: "github.com/lockstep-tla/lockstep", Patterns: []*conformance.Pattern{&Pattern}}
	defer b.Close()
	require.NoError(t, c.BreakCode(t.Context(), s, &Pattern, b, rules))
	for _, r := range rules {
		require.NotNil(t, r.Refused, "%s: %s", r.Name, r.Message)
		x, err := c.Explain(t.Context(), s, r.Refused, r.Verdict)
		require.NoError(t, err)
		t.Logf("%s: %s", r.Name, x.Summary)
		require.Len(t, x.State, 10, "%s", x)
		require.NotEmpty(t, x.Possible, "%s", x)
		require.Empty(t, x.Notes, "%s", x)
		if says, ok := notNamed[r.Name]; ok {
			require.Contains(t, x.Summary, says)
			continue
		}
		require.Contains(t, x.Rules, r.Name, "%s", x)
		require.Contains(t, x.Summary, r.Name, "%s", x)
	}
}
