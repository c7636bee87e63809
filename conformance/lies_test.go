package conformance_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	. "github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

func TestEveryLieIsRefused(t *testing.T) {
	good := bufferTrace("good", step("Put", "x", 1, "x"), step("Put", "y", 2, "y"), step("Get", "x", 1, "y"), step("Get", "y", 0, "none"))
	lies, err := checker(t).Lies(t.Context(), bufferSpec(t), []*trace.Trace{good}, nil)
	require.NoError(t, err)
	require.Empty(t, lies.Missed)
	require.Empty(t, lies.Unknown)
	require.Equal(t, lies.Told, lies.Refused)
	require.Greater(t, lies.Told, 40)
}

// TestLieThatNothingContradicts gives the spec a step that changes nothing.
// Nobody can tell whether it was taken once or twice; that is a finding, unless
// it is excused.
func TestLieThatNothingContradicts(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS("testdata/buffer/spec")))
	source, err := os.ReadFile(dir + "/BufferSteps.tla")
	require.NoError(t, err)
	source = []byte(strings.Replace(string(source), "StepsNext ==", "StepsNext ==\n  \\/ Step(\"Look\", [node |-> \"buffer\"], UNCHANGED vars)", 1))
	require.NoError(t, os.WriteFile(dir+"/BufferSteps.tla", source, 0o644))
	s, err := Load(os.DirFS(dir))
	require.NoError(t, err)

	look := step("Look", nil, 1, "x")
	delete(look.Args, "item")
	traces := []*trace.Trace{bufferTrace("looks", step("Put", "x", 1, "x"), look, step("Get", "x", 0, "none"))}
	lies, err := checker(t).Lies(t.Context(), s, traces, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"double Look (looks, step 2)", "drop Look before Get (looks, step 2)"}, lies.Missed)

	why := "looking changes nothing"
	excuses := []Excuse{{Lie: "double Look", Reason: why}, {Lie: "drop Look before *", Reason: why}, {Lie: "drop Put", Reason: "wrong"}}
	lies, err = checker(t).Lies(t.Context(), s, traces, excuses)
	require.NoError(t, err)
	require.Empty(t, lies.Missed)
	require.Equal(t, 2, lies.Excused)
	require.Equal(t, lies.Told, lies.Refused+lies.Excused)
	require.True(t, slices.Equal([]string{"drop Put"}, lies.Unused))

	where := func(item string) func(step, next trace.Event) bool {
		return func(step, next trace.Event) bool { return step.Step == "Look" && next.Args["item"] == item }
	}
	excuses = []Excuse{{Lie: "double Look", Reason: why}, {Lie: "drop *", Reason: why, Where: where("y")}}
	lies, err = checker(t).Lies(t.Context(), s, traces, excuses)
	require.NoError(t, err)
	require.Equal(t, []string{"drop Look before Get (looks, step 2)"}, lies.Missed, "there it is not excused")
	require.Equal(t, []string{"drop *"}, lies.Unused)
	excuses[1].Where = where("x")
	lies, err = checker(t).Lies(t.Context(), s, traces, excuses)
	require.NoError(t, err)
	require.Empty(t, lies.Missed)

	among := func(before string) func(events []trace.Event, at int) bool {
		return func(events []trace.Event, at int) bool {
			return len(events) == 3 && events[at].Step == "Look" && at > 0 && events[at-1].Step == before
		}
	}
	excuses[1] = Excuse{Lie: "drop *", Reason: why, Among: among("Get")}
	lies, err = checker(t).Lies(t.Context(), s, traces, excuses)
	require.NoError(t, err)
	require.Equal(t, []string{"drop Look before Get (looks, step 2)"}, lies.Missed)
	excuses[1].Among = among("Put")
	lies, err = checker(t).Lies(t.Context(), s, traces, excuses)
	require.NoError(t, err)
	require.Empty(t, lies.Missed)
}

func TestExcuseThatCannotMatch(t *testing.T) {
	_, err := (&Checker{}).Lies(t.Context(), nil, nil, []Excuse{{Lie: "shorten Put.args.items[", Reason: "wrong"}})
	require.ErrorIs(t, err, ErrInput)
	require.ErrorContains(t, err, "shorten Put.args.items[")
}
