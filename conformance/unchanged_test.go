package conformance_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/trace"
)

// TestUnchanged finds the fields that no step changes.
func TestUnchanged(t *testing.T) {
	put := checktest.BufferStep("Put", "x", 1, "x")
	require.Equal(t, []string{"last", "length"}, conformance.Unchanged([]*trace.Trace{checktest.BufferTrace("one", put), checktest.BufferTrace("two", put)}))
	require.Equal(t, []string{"last"}, conformance.Unchanged([]*trace.Trace{checktest.BufferTrace("one", put), checktest.BufferTrace("two", put, checktest.BufferStep("Put", "x", 2, "x"))}))
	require.Empty(t, conformance.Unchanged([]*trace.Trace{checktest.BufferTrace("one", put, checktest.BufferStep("Get", "x", 0, "none"))}))
}

// TestTheFirstStepMayChangeAField that is the same ever after; without an initial
// state in which it is another, no step changes it.
func TestTheFirstStepMayChangeAField(t *testing.T) {
	add := checktest.Trace(checktest.Event("Add", nil, map[string]trace.Value{"count": 1}))
	for name, c := range map[string]struct {
		init string
		want []string
	}{
		"changes":          {"count = 0", nil},
		"stays":            {"count = 1", []string{"replay: no step of any trace changes the view's field count"}},
		"is open at first": {"count \\in 0..1", []string{"replay: no step of any trace changes the view's field count"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := "EXTENDS Naturals\nVARIABLE count\nvars == <<count>>\nInit == " + c.init + "\nAdd == count' = 1\n"
			wrong, err := conformance.CheckViews(t.Context(), checktest.Runner(t), checktest.SpecOf(t, text, checktest.CounterSteps, ""), []*trace.Trace{add})
			require.NoError(t, err)
			require.Equal(t, c.want, wrong)
		})
	}
}
