package explore_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

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
	require.Equal(t, `Up(node = "a") (guard), after Up(node = "a"), Down(node = "a"), Up(node = "a"): `+
		`the spec allows it, the code refuses it; not in a new system that takes the shortest way there, after Up(node = "a")`, x.Differences[0].String())
	require.Len(t, x.Differences[0].Taken, 4)
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

// TestExploreReportsWhatCloseDoes: an error of it, a panic, and a step that is recorded then.
func TestExploreReportsWhatCloseDoes(t *testing.T) {
	c, s := checktest.Runner(t), checktest.BufferSpec(t)
	explored := func(fault string) (*report.Exploration, error) {
		return explore.Explore(t.Context(), c, s, func(rec *trace.Recorder) (explore.System, error) {
			return &goBuffer{rec: rec, fault: fault}, nil
		})
	}
	for fault, says := range map[string]string{
		"fails to close":      ": its Close fails: the file is gone",
		"panics when closed":  ": its Close fails: panic: closed twice",
		"records when closed": ": its Close records Get, which nothing compares",
	} {
		_, err := explored(fault)
		require.ErrorIs(t, err, explore.ErrCode)
		require.ErrorContains(t, err, "the code, after Put(item = \"x\", node = \"buffer\"), ", fault)
		require.ErrorContains(t, err, says, fault)
	}
}

// lame is a goBuffer that takes too few, and whose Close fails.
type lame struct{ goBuffer }

func (*lame) Close() error { return errors.New("the file is gone") }

// TestExploreReportsCloseBesideADifference, and does not lose the difference for it.
func TestExploreReportsCloseBesideADifference(t *testing.T) {
	x, err := explore.Explore(t.Context(), checktest.Runner(t), checktest.BufferSpec(t), func(rec *trace.Recorder) (explore.System, error) {
		return &lame{goBuffer{rec: rec, fault: "takes too few"}}, nil
	})
	require.NoError(t, err)
	require.Contains(t, x.Differences[0].Message, "the spec allows it, the code refuses it; then its Close fails: the file is gone")
	require.Equal(t, "the code, at once: its Close fails: the file is gone", x.Message)
}

// TestExploreSaysWhyThereIsNoSystem, in the place of a panic of its own.
func TestExploreSaysWhyThereIsNoSystem(t *testing.T) {
	c, s := checktest.Runner(t), checktest.BufferSpec(t)
	var none *goBuffer
	for says, system := range map[string]func(*trace.Recorder) (explore.System, error){
		"there is no function that makes a System":                          nil,
		"System has returned nil without an error; expected is the code":    func(*trace.Recorder) (explore.System, error) { return nil, nil },
		"System has returned a nil *explore_test.goBuffer without an error": func(*trace.Recorder) (explore.System, error) { return none, nil },
		"the code cannot be brought into its initial state: panic: no disk": func(*trace.Recorder) (explore.System, error) { panic("no disk") },
	} {
		_, err := explore.Explore(t.Context(), c, s, system)
		require.ErrorContains(t, err, says)
		require.ErrorIs(t, err, explore.ErrCode)
		require.NotErrorIs(t, err, spec.ErrInput)
	}
}

// TestExploreGivesUpACallThatDoesNotReturn: a step, Close, and the function that makes a
// System. A goroutine that the code ends does not keep Explore waiting.
func TestExploreGivesUpACallThatDoesNotReturn(t *testing.T) {
	explore.GiveUpAfter(t, 300*time.Millisecond)
	c, s := checktest.Runner(t), checktest.BufferSpec(t)
	forever := make(chan struct{})
	t.Cleanup(func() { close(forever) })
	hang := func() error { <-forever; return nil }
	for says, system := range map[string]func(*trace.Recorder) (*hanging, error){
		`the code does not return from Get(item = "x", node = "buffer"): `: func(*trace.Recorder) (*hanging, error) { return &hanging{do: hang}, nil },
		"the code does not return from Close: ":                            func(*trace.Recorder) (*hanging, error) { return &hanging{close: hang}, nil },
		"the code does not return from the function that makes a System: ": func(*trace.Recorder) (*hanging, error) { return nil, hang() },
		"the code has ended the goroutine that called it":                  func(*trace.Recorder) (*hanging, error) { runtime.Goexit(); return nil, nil },
	} {
		_, err := explore.Explore(t.Context(), c, s, system)
		require.ErrorContains(t, err, says)
		require.ErrorIs(t, err, explore.ErrCode)
	}
}

// TestAHangingCallEndsWithItsContext, a little later.
func TestAHangingCallEndsWithItsContext(t *testing.T) {
	explore.GiveUpAfter(t, time.Hour)
	c, s := checktest.Runner(t), checktest.BufferSpec(t)
	forever := make(chan struct{})
	t.Cleanup(func() { close(forever) })
	ctx, cancel := context.WithCancelCause(t.Context())
	_, err := explore.Explore(ctx, c, s, func(*trace.Recorder) (*hanging, error) {
		return &hanging{do: func() error { cancel(errors.New("enough")); <-forever; return nil }}, nil
	})
	require.EqualError(t, err, "enough")
}

// hanging is a System of two functions, of which one may be nil.
type hanging struct{ do, close func() error }

func (h *hanging) Do(string, map[string]trace.Value) error {
	if h.do == nil {
		return explore.ErrRefused
	}
	return h.do()
}

func (h *hanging) Close() error {
	if h.close == nil {
		return nil
	}
	return h.close()
}
