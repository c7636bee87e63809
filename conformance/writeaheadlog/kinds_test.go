package writeaheadlog

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// TestAValueOfAnotherKindSpoilsNothing has values on which TLC stumbles, in a
// spec whose sets are too large to be looked into: only their own traces are
// refused, and each at its place.
func TestAValueOfAnotherKindSpoilsNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("needs Java and TLC")
	}
	found, err := tlc.Find(t.Context())
	require.NoError(t, err)
	spec, err := conformance.Load(Pattern.Spec)
	require.NoError(t, err)
	run, err := Pattern.NewRun(t.TempDir(), Pattern.Scenarios[0], 1)
	require.NoError(t, err)
	require.NoError(t, Pattern.Scenarios[0].Run(t.Context(), run))
	good, err := trace.ReadFile(run.Path)
	require.NoError(t, err)

	at := slices.IndexFunc(good.Events, func(e trace.Event) bool { return e.Step == "AppendEntry" })
	change := func(f func(e *trace.Event)) *trace.Trace {
		bad := *good
		bad.Events = slices.Clone(good.Events)
		e := &bad.Events[at]
		e.Args, e.State = maps.Clone(e.Args), maps.Clone(e.State)
		f(e)
		return &bad
	}
	inState := change(func(e *trace.Event) { e.State["length"] = "one" })
	inArgs := change(func(e *trace.Event) { e.Args["batch"] = 7 })

	checker := &conformance.Checker{TLC: found}
	verdicts, err := checker.Replay(t.Context(), spec, []*trace.Trace{inState, good, inArgs})
	require.NoError(t, err)
	require.Equal(t, conformance.Accepted, verdicts[1].Outcome, "%s", verdicts[1])
	for _, i := range []int{0, 2} {
		require.Equal(t, conformance.Rejected, verdicts[i].Outcome, "%s", verdicts[i])
		require.Equal(t, at+1, verdicts[i].Step, "%s", verdicts[i])
	}
}
