package coverage_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/internal/coverage"
	"github.com/lockstep-tla/lockstep/conformance/internal/replay"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/trace"
)

// TestCoverage has a spec with branches of every kind, and a trace of which it
// is known what it exercises.
func TestCoverage(t *testing.T) {
	c := checktest.Runner(t)
	s, err := spec.Load(os.DirFS("../../testdata/branches"))
	require.NoError(t, err)
	event := func(step string, x, y, names int, args ...any) trace.Event {
		e := trace.Event{Step: step, Args: map[string]trace.Value{"node": "b"}, State: map[string]trace.Value{"x": x, "y": y, "names": names}}
		for i := 0; i < len(args); i += 2 {
			e.Args[args[i].(string)] = args[i+1]
		}
		return e
	}
	recorded := &trace.Trace{Name: "t", Header: trace.Header{Spec: "Branches"}, Events: []trace.Event{
		event("Set", 2, 1, 0, "n", 2),
		event("Set", 3, 1, 0, "n", 3),
		event("Name", 3, 1, 1),
	}}
	verdicts, err := replay.Replay(t.Context(), c, s, []*trace.Trace{recorded})
	require.NoError(t, err)
	require.Equal(t, report.Accepted, verdicts[0].Outcome, verdicts[0].String())
	covered, err := coverage.Cover(t.Context(), c, s, []*trace.Trace{recorded})
	require.NoError(t, err)
	require.Empty(t, covered.Unsure)
	var missed []string
	for _, e := range covered.Missed() {
		missed = append(missed, e.String())
	}
	require.ElementsMatch(t, []string{
		`Branches.tla:40: the action Unused`,
		`Branches.tla:40: THEN 2, in Unused`,
		`Branches.tla:12: THEN a, in Max`,
		`Branches.tla:14: CASE "none", in Kind`,
		`Branches.tla:15: CASE "one", in Kind`,
		`Branches.tla:20: => n < 8, in MaySet`,
		`Branches.tla:22: \/ n = 9, in Wide`,
		`Branches.tla:22: \/ n = 1, in Wide`,
		`Branches.tla:30: \/ n = 7, in Set`,
		`Branches.tla:25: THEN TRUE, in far`,
		`Branches.tla:32: THEN x' = Max(x, n) /\ UNCHANGED rest, in Set`,
	}, missed)
	some, all := covered.Exercised()
	require.Equal(t, all-len(missed), some)
	require.Equal(t, 2, covered.Actions[0].Taken)
	text, err := json.Marshal(covered)
	require.NoError(t, err)
	require.Contains(t, string(text), `"kind":"ELSE","in":"Max"`)

	// What nobody has replayed is not exercised.
	covered, err = coverage.Cover(t.Context(), c, s, nil)
	require.NoError(t, err)
	some, all = covered.Exercised()
	require.Zero(t, some)
	require.Positive(t, all)
}

// TestCoverageCountsRules has a rule that one trace exercises and another does
// not.
func TestCoverageCountsRules(t *testing.T) {
	c, s := checktest.Runner(t), checktest.BufferSpec(t)
	put, get := checktest.BufferStep("Put", "x", 1, "x"), checktest.BufferStep("Get", "x", 0, "none")
	covered, err := coverage.Cover(t.Context(), c, s, []*trace.Trace{checktest.BufferTrace("one", put), checktest.BufferTrace("two", put, get)})
	require.NoError(t, err)
	require.Empty(t, covered.Missed())
	require.Equal(t, "HasRoom", covered.Rules[0].Name)
	covered, err = coverage.Cover(t.Context(), c, s, []*trace.Trace{checktest.BufferTrace("one", put)})
	require.NoError(t, err)
	require.Len(t, covered.Missed(), 1)
	require.Equal(t, "the action Get", covered.Missed()[0].String()[len("Buffer.tla:20: "):])
}
