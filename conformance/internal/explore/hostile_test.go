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

// tired is a counter that goes up twice in its life, and down as often as it can.
type tired struct {
	rec         *trace.Recorder
	count, life int
}

func (c *tired) View(o *trace.Object) { o.Int("count", c.count) }

func (c *tired) Do(step string, _ map[string]trace.Value) error {
	switch {
	case step == "Up" && c.count < 2 && c.life < 2:
		c.count, c.life = c.count+1, c.life+1
	case step == "Down" && c.count > 0:
		c.count--
	default:
		return explore.ErrRefused
	}
	c.rec.Step(step).String("node", "a").State(c)
	return nil
}

func (c *tired) Close() error { return nil }

// TestExploreDoesNotBlameARefusedStep where the code remembers an earlier part of its way.
func TestExploreDoesNotBlameARefusedStep(t *testing.T) {
	s := checktest.SpecOf(t, checktest.Counter+"Down == count > 0 /\\ count' = count - 1\n",
		"View(node) == [count |-> count]\nStepsNext == Step(\"Up\", [node |-> \"a\"], Add) \\/ Step(\"Down\", [node |-> \"a\"], Down)\n", "")
	x, err := explore.Explore(t.Context(), checktest.Runner(t), s, func(rec *trace.Recorder) (explore.System, error) { return &tired{rec: rec}, nil })
	require.NoError(t, err)
	require.NotEmpty(t, x.Differences)
	require.Contains(t, x.Differences[0].Message, "the code refuses it; not in a new system that takes these steps only")
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
