package coverage_test

import (
	"encoding/json"
	"os"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/internal/coverage"
	"github.com/lockstep-tla/lockstep/conformance/internal/explore"
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
	var without []string
	for _, e := range covered.Effects {
		if !e.Done {
			without = append(without, e.String())
		}
	}
	require.ElementsMatch(t, []string{
		`Branches.tla:40: the step Unused assigns x`,
		`Branches.tla:40: the step Unused assigns y`,
		`Branches.tla:40: the step Unused assigns z`,
	}, without)
	require.Len(t, covered.Effects, 6, "Set assigns x and y, Name z")
	some, all := covered.Exercised()
	require.Equal(t, all-len(missed), some)
	require.Equal(t, 2, covered.Actions[0].Taken)
	text, err := json.Marshal(covered)
	require.NoError(t, err)
	require.Contains(t, string(text), `"kind":"ELSE","in":"Max"`)

	// A part that no replay reached is not exercised.
	covered, err = coverage.Cover(t.Context(), c, s, nil)
	require.NoError(t, err)
	some, all = covered.Exercised()
	require.Zero(t, some)
	require.Positive(t, all)
}

// covered is the coverage of one trace, which must be accepted.
func covered(t *testing.T, files fstest.MapFS, events ...trace.Event) (*report.Coverage, []string) {
	t.Helper()
	c := checktest.Runner(t)
	s, err := spec.Load(files)
	require.NoError(t, err)
	recorded := []*trace.Trace{checktest.Trace(events...)}
	verdicts, err := replay.Replay(t.Context(), c, s, recorded)
	require.NoError(t, err)
	require.Equal(t, report.Accepted, verdicts[0].Outcome, verdicts[0].String())
	found, err := coverage.Cover(t.Context(), c, s, recorded)
	require.NoError(t, err)
	require.Empty(t, found.Unsure)
	var missed []string
	for _, e := range found.Missed() {
		missed = append(missed, e.String())
	}
	return found, missed
}

// TestVerdictAndCoverageComeFromOnePass asks the marked copy for the verdict: it has
// the same coverage if all traces are accepted, and none if one is not.
func TestVerdictAndCoverageComeFromOnePass(t *testing.T) {
	c, s := checktest.Runner(t), checktest.BufferSpec(t)
	put := checktest.BufferStep("Put", "x", 1, "x")
	good := checktest.BufferTrace("good", put, checktest.BufferStep("Get", "x", 0, "none"))
	refused := checktest.BufferTrace("refused", put, checktest.BufferStep("Get", "y", 0, "none"))
	malformed := checktest.BufferTrace("malformed", checktest.BufferStep("Put", "\x00", 1, "x"))
	marked, err := coverage.Mark(t.Context(), c, s)
	require.NoError(t, err)
	want, err := marked.Cover(t.Context(), c, []*trace.Trace{good})
	require.NoError(t, err)
	some, _ := want.Exercised()
	require.Positive(t, some)

	got, err := marked.Accepted(t.Context(), c, []*trace.Trace{good})
	require.NoError(t, err)
	require.Equal(t, want, got)
	for _, wrong := range []*trace.Trace{refused, malformed} {
		got, err = marked.Accepted(t.Context(), c, []*trace.Trace{good, wrong})
		require.NoError(t, err)
		require.Nil(t, got, wrong.Name)
	}
	unsure, err := marked.Cover(t.Context(), c, []*trace.Trace{good, refused})
	require.NoError(t, err)
	require.Equal(t, "a trace is not accepted", unsure.Unsure)
}

// TestCoverageOfUnchangedInStepsModule has a tuple that only the Steps module
// uses in UNCHANGED.
func TestCoverageOfUnchangedInStepsModule(t *testing.T) {
	_, missed := covered(t, checktest.SpecFiles(`EXTENDS Naturals
VARIABLES level, alarm
vars == <<level, alarm>>
Init == level = 0 /\ alarm = FALSE
Fill == level' = level + 1 /\ alarm' = (IF level > 1 THEN TRUE ELSE FALSE)
Next == Fill
`, `View(node) == [level |-> level]
StepsNext ==
  \/ Step("Check", [node |-> "a"], IF level = 1 THEN UNCHANGED vars ELSE level' = 0 /\ UNCHANGED alarm)
  \/ Step("Fill", [node |-> "a"], Fill)
`, ""),
		checktest.Event("Fill", nil, map[string]trace.Value{"level": 1}),
		checktest.Event("Check", nil, map[string]trace.Value{"level": 1}),
		checktest.Event("Fill", nil, map[string]trace.Value{"level": 2}))
	require.Equal(t, []string{"X.tla:6: THEN TRUE, in Fill"}, missed)
}

// TestCoverageThroughNamedInstance counts the branches of a module that the
// spec instantiates: a function of it, and an action of it.
func TestCoverageThroughNamedInstance(t *testing.T) {
	files := checktest.SpecFiles(`EXTENDS Naturals
CONSTANT Most
VARIABLE level
L == INSTANCE Limits WITH Top <- Most
vars == <<level>>
Init == level = 0
Fill(n) == level' = L!Clip(level + n)
Next == \E n \in 1 .. 2 : Fill(n)
`, `View(node) == [level |-> level]
StepsNext ==
  \/ \E n \in Arg("n", 1 .. 2) : Step("Fill", [node |-> "a", n |-> n], Fill(n))
  \/ Step("Drain", [node |-> "a"], L!Drain)
`, "CONSTANT Most = 3\n")
	files["Limits.tla"] = &fstest.MapFile{Data: []byte(`---- MODULE Limits ----
EXTENDS Naturals
CONSTANT Top
VARIABLE level
(* A comment,

   so that no line is also a line of X. *)
Clip(n) == IF n > Top THEN Top ELSE n
Drain == \/ level = Top /\ level' = 0
         \/ level # Top /\ level' = level
====
`)}
	found, missed := covered(t, files,
		checktest.Event("Fill", map[string]trace.Value{"n": 2}, map[string]trace.Value{"level": 2}),
		checktest.Event("Drain", nil, map[string]trace.Value{"level": 2}))
	require.Equal(t, []string{
		"Limits.tla:8: THEN Top, in Clip",
		"Limits.tla:9: \\/ level = Top /\\ level' = 0, in Drain",
	}, missed)
	some, all := found.Exercised()
	require.Equal(t, []int{4, 6}, []int{some, all})
}

// TestCoverageOfInstanceInStepsModule has a Steps module without a spec that it
// extends: all its actions are those of an instance.
func TestCoverageOfInstanceInStepsModule(t *testing.T) {
	files := checktest.SpecFiles("", "", "")
	files["XSteps.tla"].Data = []byte(`---- MODULE XSteps ----
EXTENDS Naturals, Steps
VARIABLE on
vars == <<on>>
S == INSTANCE Switch
Init == S!Init
View(node) == [on |-> on]
StepsNext == Step("Turn", [node |-> "a"], S!Turn)
====
`)
	files["Switch.tla"] = &fstest.MapFile{Data: []byte(`---- MODULE Switch ----
VARIABLE on
Init == on = FALSE
Turn == IF on THEN on' = FALSE ELSE on' = TRUE
====
`)}
	_, missed := covered(t, files, checktest.Event("Turn", nil, map[string]trace.Value{"on": true}))
	require.Equal(t, []string{"Switch.tla:4: THEN on' = FALSE, in Turn"}, missed)
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

// idle is code that takes no step.
type idle struct{}

func (idle) Do(string, map[string]trace.Value) error { return explore.ErrRefused }
func (idle) Close() error                            { return nil }

// TestCoverageOfExploredModel has a reset of a variable that is never anything else,
// and a branch that the bounded model does not reach.
func TestCoverageOfExploredModel(t *testing.T) {
	c := checktest.Runner(t)
	s := checktest.SpecOf(t, `EXTENDS Naturals
VARIABLES count, reset
vars == <<count, reset>>
Init == count = 0 /\ reset = 0
Add(n) == count < 4 /\ count' = count + n /\ reset' = IF count = 9 THEN 1 ELSE 0
`, `View(node) == [count |-> count]
StepsNext == \E n \in Arg("n", 1 .. 2) : Step("Add", [node |-> "a", n |-> n], Add(n))
`, "")
	marked, err := coverage.Mark(t.Context(), c, s)
	require.NoError(t, err)
	pass := marked.Pass()
	x, err := explore.Observed(t.Context(), c, marked.Spec, func(*trace.Recorder) (idle, error) { return idle{}, nil }, pass)
	require.NoError(t, err)
	plain, err := explore.Explore(t.Context(), c, s, func(*trace.Recorder) (idle, error) { return idle{}, nil })
	require.NoError(t, err)
	require.Equal(t, plain.Transitions, x.Transitions)
	covered := pass.Coverage(x.Taken)
	require.Equal(t, 8, covered.Actions[0].Taken)
	require.Len(t, covered.Missed(), 1)
	require.Equal(t, "X.tla:6: THEN 1, in Add", covered.Missed()[0].String())

	r := report.Report{}
	r.Explore.Coverage, r.Replay.Coverage = covered, marked.Pass().Coverage(nil)
	require.Equal(t, []string{
		"the explored model never exercises X.tla:6: THEN 1, in Add",
		"X.tla:6: the step Add assigns count, which makes no difference in any trace",
		"X.tla:6: the step Add assigns reset, which makes no difference anywhere",
	}, r.BlindSpots())
}

// TestCoverageWithAProperty: what a property says of each step is written into the copy
// that has the marks, and so are the facts about an argument that has several kinds.
func TestCoverageWithAProperty(t *testing.T) {
	s := checktest.SpecOf(t, checktest.Counter+"Grows == [][count' > count]_vars\n", `View(node) == [count |-> count]
StepsNext ==
  \/ \E n \in Arg("n", [by : Nat]) : Step("Add", [node |-> "a", n |-> n], Add)
  \/ \E n \in Arg("n", 1 .. 2) : Step("More", [node |-> "a", n |-> n], Add)
`, "PROPERTY Grows\n")
	add := func(step string, n trace.Value, count int) trace.Event {
		return checktest.Event(step, map[string]trace.Value{"n": n}, map[string]trace.Value{"count": count})
	}
	recorded := checktest.Trace(add("Add", map[string]trace.Value{"by": 7}, 1), add("More", 2, 2))
	covered, err := coverage.Cover(t.Context(), checktest.Runner(t), s, []*trace.Trace{recorded})
	require.NoError(t, err)
	require.Empty(t, covered.Unsure)
	require.Empty(t, covered.Missed())
}
