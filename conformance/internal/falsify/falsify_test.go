package falsify_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/internal/falsify"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/trace"
)

func TestEveryLieIsRefused(t *testing.T) {
	good := checktest.BufferTrace("good", checktest.BufferStep("Put", "x", 1, "x"), checktest.BufferStep("Put", "y", 2, "y"), checktest.BufferStep("Get", "x", 1, "y"), checktest.BufferStep("Get", "y", 0, "none"))
	mutants, err := falsify.Traces(t.Context(), checktest.Runner(t), checktest.BufferSpec(t), []*trace.Trace{good}, nil)
	require.NoError(t, err)
	require.Empty(t, mutants.Missed)
	require.Empty(t, mutants.Unknown)
	require.Equal(t, mutants.Made, mutants.Refused)
	require.Greater(t, mutants.Made, 40)
}

// TestLieThatNothingContradicts gives the spec a step that changes nothing.
// No node can tell whether it was taken once or twice; that is a finding, unless
// it is excused.
func TestLieThatNothingContradicts(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS("../../testdata/buffer/spec")))
	source, err := os.ReadFile(dir + "/BufferSteps.tla")
	require.NoError(t, err)
	source = []byte(strings.Replace(string(source), "StepsNext ==", "StepsNext ==\n  \\/ Step(\"Look\", [node |-> \"buffer\"], UNCHANGED vars)", 1))
	require.NoError(t, os.WriteFile(dir+"/BufferSteps.tla", source, 0o644))
	s, err := spec.Load(os.DirFS(dir))
	require.NoError(t, err)

	look := checktest.BufferStep("Look", nil, 1, "x")
	delete(look.Args, "item")
	traces := []*trace.Trace{checktest.BufferTrace("looks", checktest.BufferStep("Put", "x", 1, "x"), look, checktest.BufferStep("Get", "x", 0, "none"))}
	mutants, err := falsify.Traces(t.Context(), checktest.Runner(t), s, traces, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"double Look (looks, step 2)", "drop Look before Get (looks, step 2)"}, mutants.Missed)

	why := "looking changes nothing"
	equivalents := []falsify.Equivalent{{Mutant: "double Look", Reason: why}, {Mutant: "drop Look before *", Reason: why}, {Mutant: "drop Put", Reason: "wrong"}}
	mutants, err = falsify.Traces(t.Context(), checktest.Runner(t), s, traces, equivalents)
	require.NoError(t, err)
	require.Empty(t, mutants.Missed)
	require.Equal(t, 2, mutants.Equivalent)
	require.Equal(t, mutants.Made, mutants.Refused+mutants.Equivalent)
	require.True(t, slices.Equal([]string{"drop Put"}, mutants.Unused))

	where := func(item string) func(step, next trace.Event) bool {
		return func(step, next trace.Event) bool { return step.Step == "Look" && next.Args["item"] == item }
	}
	equivalents = []falsify.Equivalent{{Mutant: "double Look", Reason: why}, {Mutant: "drop *", Reason: why, Where: where("y")}}
	mutants, err = falsify.Traces(t.Context(), checktest.Runner(t), s, traces, equivalents)
	require.NoError(t, err)
	require.Equal(t, []string{"drop Look before Get (looks, step 2)"}, mutants.Missed, "there it is not excused")
	require.Equal(t, []string{"drop *"}, mutants.Unused)
	equivalents[1].Where = where("x")
	equivalents[1].InTrace = func(steps []trace.Event, at int) bool { return at == len(steps)-1 }
	mutants, err = falsify.Traces(t.Context(), checktest.Runner(t), s, traces, equivalents)
	require.NoError(t, err)
	require.Len(t, mutants.Missed, 1, "something follows")
	equivalents[1].InTrace = func(steps []trace.Event, at int) bool {
		return steps[at].Step == "Look" && steps[at+1].Step == "Get"
	}
	mutants, err = falsify.Traces(t.Context(), checktest.Runner(t), s, traces, equivalents)
	require.NoError(t, err)
	require.Empty(t, mutants.Missed)
}

func TestExcuseThatCannotMatch(t *testing.T) {
	_, err := falsify.Traces(t.Context(), (&run.Runner{}), nil, nil, []falsify.Equivalent{{Mutant: "shorten Put.args.items[", Reason: "wrong"}})
	require.ErrorIs(t, err, spec.ErrInput)
	require.ErrorContains(t, err, "shorten Put.args.items[")
}

// TestLiesAboutNamesOfOneKind has a record whose fields are the members of a
// constant. Each of them is lied about like the others, so they count as one.
func TestLiesAboutNamesOfOneKind(t *testing.T) {
	made := &trace.Trace{Name: "stock", Header: trace.Header{Spec: "Stock", Constants: map[string]trace.Value{"Item": []trace.Value{"nut", "bolt"}}}}
	for _, item := range []string{"nut", "bolt", "nut", "bolt"} {
		made.Events = append(made.Events, trace.Event{
			Step: "Put", Args: map[string]trace.Value{"node": "store"},
			State: map[string]trace.Value{"last": 1, "stock": map[string]trace.Value{item: 1}},
		})
	}
	count := map[string]int{}
	for _, name := range falsify.Names(made) {
		count[name]++
	}
	require.Equal(t, 2, count["falsify Put.state.stock.(Item)"])
	require.Equal(t, 2, count["remove Put.state.stock.(Item)"])
	require.Equal(t, 2, count["falsify Put.state.last"], "a field that is no constant's keeps its name")
	for name := range count {
		require.NotContains(t, name, "nut")
	}
}

// TestWhatExcusesGoBy has two nodes that act in turn.
func TestWhatExcusesGoBy(t *testing.T) {
	at := func(node string, n int) trace.Event {
		return trace.Event{Step: "Do", Args: map[string]trace.Value{"node": node}, State: map[string]trace.Value{"n": n}}
	}
	steps := []trace.Event{at("a", 1), at("b", 1), at("a", 1), at("b", 2)}
	require.True(t, conformance.DifferentNodes(steps[0], steps[1]))
	require.False(t, conformance.DifferentNodes(steps[0], steps[2]))
	var unchanged []bool
	for i := range steps {
		unchanged = append(unchanged, conformance.Stutters(steps, i))
	}
	require.Equal(t, []bool{false, false, true, false}, unchanged)
	require.Equal(t, steps[2], conformance.NextOfNode(steps, 0))
	require.Equal(t, trace.Event{}, conformance.NextOfNode(steps, 2))
}
