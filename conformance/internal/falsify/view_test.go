package falsify_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/internal/falsify"
	"github.com/lockstep-tla/lockstep/conformance/internal/replay"
	"github.com/lockstep-tla/lockstep/conformance/singlesocketchannel"
	"github.com/lockstep-tla/lockstep/trace"
)

// TestHoleInViewIsFound takes the count of missed heartbeats out of the view of
// Single-Socket Channel, and out of what its code logs. A step MissHeartbeat, which counts
// one interval, then seems to change nothing: the view is the same before and after
// it. TLC knows the count, and so a trace without that step is a finding.
func TestHoleInViewIsFound(t *testing.T) {
	runner := checktest.Runner(t)
	p := singlesocketchannel.Pattern
	p.Scenarios = slices.DeleteFunc(slices.Clone(p.Scenarios), func(s conformance.Scenario) bool { return s.Name != "loop" })
	paths, err := p.Record(t.Context(), t.TempDir(), false)
	require.NoError(t, err)
	all, err := replay.ReadAll(paths)
	require.NoError(t, err)
	var whole, holed []*trace.Trace
	for _, one := range all {
		if !slices.ContainsFunc(one.Events, func(e trace.Event) bool { return e.Step == "MissHeartbeat" }) {
			continue
		}
		other := *one
		other.Events = slices.Clone(one.Events)
		for i := range other.Events {
			state := maps.Clone(other.Events[i].State)
			delete(state, "missed")
			other.Events[i].State = state
		}
		if whole, holed = append(whole, one), append(holed, &other); len(whole) == 1 {
			break
		}
	}
	require.NotEmpty(t, whole)

	s, err := conformance.Load(p.Spec, p.Library...)
	require.NoError(t, err)
	found, err := falsify.Traces(t.Context(), runner, s, whole, nil)
	require.NoError(t, err)
	require.Empty(t, found.Missed)
	require.Empty(t, found.Unknown)
	require.Positive(t, found.Equivalent)

	const module = "SingleSocketChannelSteps.tla"
	s, err = conformance.Load(checktest.Rewritten(t, p.Spec, module, ",\n   missed      |-> missed[n]]", "]"), p.Library...)
	require.NoError(t, err)
	found, err = falsify.Traces(t.Context(), runner, s, holed, nil)
	require.NoError(t, err)
	require.Empty(t, found.Unknown)
	require.True(t, slices.ContainsFunc(found.Missed, func(missed string) bool {
		return strings.HasPrefix(missed, "drop MissHeartbeat ") && strings.Contains(missed, "another state")
	}), "%s", strings.Join(found.Missed, "\n"))
}
