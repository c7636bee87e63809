package explore_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/internal/explore"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/trace"
)

// TestExploreRefusesAPartWithoutAStep: the code is driven along Steps only, so a
// part of StepsNext without one would be a way that it never goes.
func TestExploreRefusesAPartWithoutAStep(t *testing.T) {
	c := checktest.Runner(t)
	for name, next := range map[string]string{
		"another way to a state": `Step("Add", [node |-> "a"], Add) \/ Add`,
		"stuttering":             `Step("Add", [node |-> "a"], Add) \/ UNCHANGED vars`,
	} {
		s := checktest.SpecOf(t, checktest.Counter, "View(node) == [count |-> count]\nStepsNext == "+next+"\n", "")
		_, err := explore.Explore(t.Context(), c, s, counterUpTo(2))
		require.ErrorIs(t, err, spec.ErrInput, name)
		require.ErrorContains(t, err, "XSteps.tla:4:50: ", name)
		require.ErrorContains(t, err, "is not under a Step", name)
	}
}

// TestExploreHoldsTheInvariants: what the cfg asks of each state and each step is
// asked of the bounded model, too.
func TestExploreHoldsTheInvariants(t *testing.T) {
	c := checktest.Runner(t)
	text := checktest.Counter + "Small == count < 2\nSlow == [][count' < 2]_vars\n"
	for cfg, name := range map[string]string{"INVARIANT Small\n": "Small", "PROPERTY Slow\n": "Slow"} {
		x, err := explore.Explore(t.Context(), c, checktest.SpecOf(t, text, checktest.CounterSteps, cfg), counterUpTo(2))
		require.NoError(t, err)
		require.Equal(t, report.Rejected, x.Outcome)
		require.Contains(t, x.Message, name)
	}
}

// handOver is the code for a spec in which a variable names the node.
type handOver struct {
	rec   *trace.Recorder
	given bool
	wrong bool
}

func (h *handOver) View(o *trace.Object) {
	term := 7
	if h.wrong {
		term = 1
	}
	o.Int("term", term)
}

func (h *handOver) Do(string, map[string]trace.Value) error {
	if h.given {
		return explore.ErrRefused
	}
	h.given = true
	h.rec.Step("HandOver").String("node", "a").State(h)
	return nil
}

func (h *handOver) Close() error { return nil }

// TestExploreShowsTheViewOfTheNodeThatActed, though the step changes the variable
// that names it.
func TestExploreShowsTheViewOfTheNodeThatActed(t *testing.T) {
	c := checktest.Runner(t)
	s := checktest.SpecOf(t, `VARIABLES leader, term
vars == <<leader, term>>
Init == leader = "a" /\ term = [n \in {"a", "b"} |-> 0]
HandOver == leader = "a" /\ leader' = "b" /\ term' = [n \in {"a", "b"} |-> IF n = "a" THEN 7 ELSE 1]
`, "View(node) == [term |-> term[node]]\nStepsNext == Step(\"HandOver\", [node |-> leader], HandOver)\n", "")
	for _, wrong := range []bool{false, true} {
		x, err := explore.Explore(t.Context(), c, s, func(rec *trace.Recorder) (explore.System, error) {
			return &handOver{rec: rec, wrong: wrong}, nil
		})
		require.NoError(t, err)
		require.Equal(t, wrong, x.Outcome == report.Rejected, "%+v", x)
	}
}
