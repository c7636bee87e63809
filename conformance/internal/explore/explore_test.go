package explore_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/internal/explain"
	"github.com/lockstep-tla/lockstep/conformance/internal/explore"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/trace"
)

// goBuffer is the code for the spec Buffer, with room for two, and with a fault
// that a test may ask for.
type goBuffer struct {
	rec     *trace.Recorder
	items   []string
	fault   string
	refused bool // a step
}

// wrongOutput is the refusal of a harness that compares outputs.
type wrongOutput struct{}

func (wrongOutput) Error() string       { return "refused" }
func (wrongOutput) Unwrap() error       { return explore.ErrRefused }
func (wrongOutput) WrongOutput() string { return "reply = 1, the spec has 2" }

func (b *goBuffer) View(o *trace.Object) {
	last := "none"
	if len(b.items) > 0 {
		last = b.items[len(b.items)-1]
	}
	o.Int("length", len(b.items)).String("last", last)
}

func (b *goBuffer) Do(step string, args map[string]trace.Value) error {
	item := args["item"].(string)
	room := 2
	switch b.fault {
	case "takes too many":
		room = 3
	case "takes too few":
		room = 1
	}
	switch {
	case step == "Put" && len(b.items) < room:
		b.items = append(b.items, item)
	case step == "Get" && len(b.items) > 0 && b.fault != "names its output" && (b.items[0] == item || b.fault == "gives anything"):
		b.items = b.items[1:]
	case step == "Get" && b.fault == "names its output":
		return wrongOutput{}
	case step == "Put" && b.fault == "refuses and changes":
		b.items = b.items[:1]
		return explore.ErrRefused
	default:
		b.refused = true
		return explore.ErrRefused
	}
	switch {
	case b.fault == "refuses and remembers" && b.refused:
		b.items = append(b.items, item)
	case b.fault == "forgets to record" && len(b.items) == 2:
		return nil
	case b.fault == "panics" && len(b.items) == 2:
		panic("two items")
	case b.fault == "records without end" && len(b.items) == 2:
		for b.rec.Err() == nil {
			b.rec.Step(step).String("node", "buffer").String("item", item).State(b)
		}
	case b.fault == "shows another view" && step == "Get":
		b.items = append([]string{"y"}, b.items...)
	}
	b.rec.Step(step).String("node", "buffer").String("item", item).State(b)
	return nil
}

func (b *goBuffer) Close() error {
	switch b.fault {
	case "fails to close":
		return errors.New("the file is gone")
	case "panics when closed":
		panic("closed twice")
	case "records when closed":
		b.rec.Step("Get").String("node", "buffer").String("item", "x").State(b)
	}
	return nil
}

// TestExploreTakesEveryTransition also counts what is refused: with two items
// there are four steps, and the seven states allow 2 + 2*3 + 4*1 of them.
func TestExploreTakesEveryTransition(t *testing.T) {
	c, s := checktest.Runner(t), checktest.BufferSpec(t)
	x, err := explore.Explore(t.Context(), c, s, func(rec *trace.Recorder) (explore.System, error) { return &goBuffer{rec: rec}, nil })
	require.NoError(t, err)
	require.Equal(t, &report.Exploration{Outcome: report.Accepted, States: 7, Transitions: 12, Driven: 12, Refusals: 16, Taken: map[string]int{"Put": 6, "Get": 6}}, x)
}

func TestExploreFindsEveryDifference(t *testing.T) {
	c, s := checktest.Runner(t), checktest.BufferSpec(t)
	for _, want := range []struct {
		fault string
		first string
	}{
		{"takes too many", `Put(item = "x", node = "buffer") (guard), after Put(item = "x", node = "buffer"), Put(item = "x", node = "buffer"): the spec does not allow it here, the code takes it`},
		{"takes too few", `Put(item = "x", node = "buffer") (guard), after Put(item = "x", node = "buffer"): the spec allows it, the code refuses it`},
		{"gives anything", `Get(item = "y", node = "buffer") (guard), after Put(item = "x", node = "buffer"): the spec does not allow it here, the code takes it`},
		{"forgets to record", `Put(item = "x", node = "buffer") (error), after Put(item = "x", node = "buffer"): it must be recorded exactly once; recorded: nothing`},
		{"panics", `Put(item = "x", node = "buffer") (error), after Put(item = "x", node = "buffer"): the spec allows it, the code fails: panic: two items`},
		{"records without end", `Put(item = "x", node = "buffer") (error), after Put(item = "x", node = "buffer"): the record of it is refused: trace: step 106 "Put": one call has recorded 100 steps`},
		{"names its output", `Get(item = "x", node = "buffer") (guard), after Put(item = "x", node = "buffer"): the spec allows it, the code refuses it: reply = 1, the spec has 2`},
		{"refuses and changes", `Put(item = "y", node = "buffer") (guard), after Put(item = "x", node = "buffer"), Put(item = "x", node = "buffer"): the spec does not allow it here, the code takes it; only after the code has refused Put(item = "x", node = "buffer"), which must change nothing`},
		{"refuses and remembers", `Put(item = "x", node = "buffer") (state), at once: length = 2, the spec has 1; only after the code has refused Get(item = "x", node = "buffer"), which must change nothing`},
		{"shows another view", `Get(item = "x", node = "buffer") (state), after Put(item = "x", node = "buffer"): last = "y", the spec has "none"; length = 1, the spec has 0`},
	} {
		x, err := explore.Explore(t.Context(), c, s, func(rec *trace.Recorder) (explore.System, error) {
			return &goBuffer{rec: rec, fault: want.fault}, nil
		})
		require.NoError(t, err)
		require.Equal(t, report.Rejected, x.Outcome, want.fault)
		require.Equal(t, want.first, x.Differences[0].String(), want.fault)
	}
}

// goCounter is the code for the spec X of counter, which counts to the limit.
type goCounter struct {
	rec   *trace.Recorder
	count int
	limit int
}

func (c *goCounter) View(o *trace.Object) { o.Int("count", c.count) }

func (c *goCounter) Do(string, map[string]trace.Value) error {
	if c.count == c.limit {
		return explore.ErrRefused
	}
	c.count++
	c.rec.Step("Add").String("node", "a").State(c)
	return nil
}

func (c *goCounter) Close() error { return nil }

func counterUpTo(limit int) func(*trace.Recorder) (explore.System, error) {
	return func(rec *trace.Recorder) (explore.System, error) { return &goCounter{rec: rec, limit: limit}, nil }
}

// TestExploreOfAnySpec: what the spec prints or leaves out must not make the
// code look right.
func TestExploreOfAnySpec(t *testing.T) {
	c := checktest.Runner(t)
	lies := "Lie == PrintT(ToString(<<\"step\", \"Add\", [node |-> \"a\"], [count |-> 3], \"<<2>>\", \"<<3>>\">>)) /\\ PrintT(\"half a\")\n"
	s := checktest.SpecOf(t, checktest.Counter+lies, "View(node) == [count |-> count]\nStepsNext == Step(\"Add\", [node |-> \"a\"], Lie /\\ Add)\n", "")
	x, err := explore.Explore(t.Context(), c, s, counterUpTo(2))
	require.NoError(t, err)
	require.Equal(t, &report.Exploration{Outcome: report.Accepted, States: 3, Transitions: 2, Driven: 2, Refusals: 1, Taken: map[string]int{"Add": 2}}, x)
	x, err = explore.Explore(t.Context(), c, s, counterUpTo(3))
	require.NoError(t, err)
	require.Equal(t, report.Rejected, x.Outcome)

	twoSteps := checktest.CounterSteps + "  \\/ Step(\"Never\", [node |-> \"a\"], count > 7 /\\ Add)\n"
	x, err = explore.Explore(t.Context(), c, checktest.SpecOf(t, checktest.Counter, twoSteps, ""), counterUpTo(2))
	require.NoError(t, err)
	require.Equal(t, []string{"Never"}, x.Missing)

	for _, bound := range []string{"CONSTRAINT Bound\n", "ACTION_CONSTRAINT Bound\n"} {
		bounded := strings.Replace(checktest.Counter, "count < 2", "TRUE", 1) + "Bound == count < 2\n"
		x, err = explore.Explore(t.Context(), c, checktest.SpecOf(t, bounded, checktest.CounterSteps, bound), counterUpTo(9))
		require.NoError(t, err)
		require.Equal(t, report.Accepted, x.Outcome, "%s: %v", bound, x.Differences)
		require.Equal(t, x.Transitions, x.Driven)
	}

	hidden := "EXTENDS Naturals\nVARIABLES count, hidden\nvars == <<count>>\nInit == count = 0 /\\ hidden = 0\n" +
		"Add == hidden < 3 /\\ count' = 1 - count /\\ hidden' = hidden + 1\n"
	for says, s := range map[string]*spec.Spec{
		"vars must be the tuple of all variables": checktest.SpecOf(t, hidden, checktest.CounterSteps, ""),
		"has no transition":                       checktest.SpecOf(t, strings.Replace(checktest.Counter, "count < 2", "count < 0", 1), checktest.CounterSteps, ""),
		"has 2 initial states":                    checktest.SpecOf(t, strings.Replace(checktest.Counter, "count = 0", "count \\in 0..1", 1), checktest.CounterSteps, ""),
		"Assumption line":                         checktest.SpecOf(t, checktest.Counter+"ASSUME 1 = 2\n", checktest.CounterSteps, ""),
	} {
		_, err := explore.Explore(t.Context(), c, s, counterUpTo(2))
		require.ErrorIs(t, err, spec.ErrInput, says)
		require.ErrorContains(t, err, says)
	}
}

// TestDifferencesAreExplained: of each kind, what the spec says there.
func TestDifferencesAreExplained(t *testing.T) {
	c, s := checktest.Runner(t), checktest.BufferSpec(t)
	for _, want := range []struct{ fault, summary, says, rule string }{
		{"takes too many", "the spec does not allow it here, the code takes it: HasRoom: Len(buffer) < Capacity is FALSE: Len(buffer) = 2, Capacity = 2",
			"after 2 steps code and spec part (guard)", "HasRoom"},
		{"takes too few", "the spec allows it, the code refuses it; all parts of the action hold that speak of this state, among them HasRoom",
			"true   Len(buffer) < Capacity  (Buffer.tla:16)\n                  Len(buffer) = 1, Capacity = 2\n", "HasRoom"},
		{"gives anything", `the spec does not allow it here, the code takes it: Get: item = Head(buffer) is FALSE: item = "y", Head(buffer) = "x"`,
			"buffer     since step 1, Put(item = \"x\", node = \"buffer\")\n             buffer' = Append(buffer, item)  (Put, Buffer.tla:18)\n", "Get"},
		{"panics", "the spec allows it, the code fails: panic: two items", "code and spec part (error)", "Put"},
		{"shows another view", `the spec allows the step, but not with this view: last = "y", the spec has "none"; length = 1, the spec has 0`,
			"buffer' = Tail(buffer)  (Get, Buffer.tla:20)", ""},
	} {
		x, err := explore.Explore(t.Context(), c, s, func(rec *trace.Recorder) (explore.System, error) {
			return &goBuffer{rec: rec, fault: want.fault}, nil
		})
		require.NoError(t, err)
		require.NoError(t, explain.ExplainDifferences(t.Context(), c, s, x.Differences))
		why := x.Differences[0].Explanation
		require.Contains(t, why.Summary, want.summary, want.fault)
		require.Contains(t, why.String(), want.says, want.fault)
		require.Contains(t, append(why.Rules, ""), want.rule, want.fault)
	}
}
