package explain_test

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/internal/explain"
	"github.com/lockstep-tla/lockstep/conformance/internal/replay"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/trace"
)

// explained is what Explain says of a trace that is refused.
func explained(t *testing.T, s *spec.Spec, refused *trace.Trace) *report.Explanation {
	t.Helper()
	c := checktest.Runner(t)
	verdicts, err := replay.Replay(t.Context(), c, s, []*trace.Trace{refused})
	require.NoError(t, err)
	x, err := explain.Explain(t.Context(), c, s, refused, verdicts[0])
	require.NoError(t, err)
	return x
}

// TestExplain lets traces be explained that are wrong in every possible way.
func TestExplain(t *testing.T) {
	put, get := checktest.BufferStep("Put", "x", 1, "x"), checktest.BufferStep("Get", "x", 0, "none")
	second, third := checktest.BufferStep("Put", "y", 2, "y"), checktest.BufferStep("Put", "y", 3, "y")
	for _, c := range []struct {
		trace   *trace.Trace
		summary string
		says    []string // anywhere in the text
	}{
		{checktest.BufferTrace("full", put, second, third), "HasRoom: Len(buffer) < Capacity is FALSE: Len(buffer) = 2, Capacity = 2", []string{
			"full:2: refused at step 3 (guard); the 2 before it are accepted",
			"    FALSE  HasRoom  (Buffer.tla:18)\n           FALSE  Len(buffer) < Capacity  (Buffer.tla:16)\n",
			"buffer = <<\"x\", \"y\">>",
			"The spec allows here\n  Get(item = \"x\", node = \"buffer\")\n",
		}},
		{checktest.BufferTrace("a step too many", put, get, get), "Get: Len(buffer) > 0 is FALSE: Len(buffer) = 0", []string{
			"Put(item = \"x\", node = \"buffer\")\n  Put(item = \"y\", node = \"buffer\")",
		}},
		{checktest.BufferTrace("the wrong one", put, checktest.BufferStep("Get", "y", 0, "none")), `Get: item = Head(buffer) is FALSE: item = "y", Head(buffer) = "x"`, []string{
			"true   Len(buffer) > 0",
		}},
		{checktest.BufferTrace("another view", put, third), "the spec allows the step, but not with this view: length = 3, the spec has 2", []string{
			"length     expected 2\n             logged   3",
		}},
		{checktest.BufferTrace("an item that is none", checktest.BufferStep("Put", "z", 1, "z")), "", []string{
			`Put: the argument item = "z" is none that the spec allows here: Item is {"x", "y"} (BufferSteps.tla:9)`,
		}},
		{checktest.BufferTrace("an item of another kind", put, checktest.BufferStep("Get", 7, 0, "none")), "", []string{
			`Get: the argument item = 7 is none that the spec allows here: Item is {"x", "y"} (BufferSteps.tla:10)`,
		}},
		{checktest.BufferTrace("a view of another kind", put, checktest.BufferStep("Put", "x", 2, 7)), `last = 7, the spec has "x"`, []string{
			"last       expected \"x\"",
		}},
	} {
		x := explained(t, checktest.BufferSpec(t), c.trace)
		require.Contains(t, x.Summary, c.summary)
		for _, says := range c.says {
			require.Contains(t, x.String(), says)
		}
	}
}

// TestExplainForms writes the same guard in the forms that TLA+ has for it.
func TestExplainForms(t *testing.T) {
	put, second, third := checktest.BufferStep("Put", "x", 1, "x"), checktest.BufferStep("Put", "y", 2, "y"), checktest.BufferStep("Put", "y", 3, "y")
	for guard, summary := range map[string]string{
		"HasRoom ==\n\tLET room == Capacity - Len(buffer)  \\* how much\n\tIN  (room > 0)\n":                "HasRoom: room > 0 is FALSE: room = 0",
		"HasRoom == \\E n \\in 1 .. Capacity :\n             /\\ n > 1\n             /\\ n > Len(buffer)\n": "HasRoom: n > 1 is FALSE: n = 1 (n = 1); HasRoom: n > Len(buffer) is FALSE: n = 2, Len(buffer) = 2 (n = 2)",
		"HasRoom == \\A n \\in 2 .. 3 : Len(buffer) # n\n":                                                  "HasRoom: Len(buffer) # n is FALSE: Len(buffer) = 2, n = 2 (n = 2)",
		"HasRoom == ~(Len(buffer) >= Capacity)\n":                                                           "HasRoom: Len(buffer) >= Capacity is TRUE: Len(buffer) = 2, Capacity = 2",
		"Full == Len(buffer) = Capacity\nHasRoom == IF Full THEN FALSE ELSE TRUE\n":                         "HasRoom: FALSE is FALSE",
		// A name that is bound in a LET, and again behind it.
		"HasRoom ==\n  LET Above(n) == {m \\in 1 .. Capacity : m > n}\n  IN  \\A m \\in {Len(buffer)} : Above(m) # {}\n":                        "HasRoom: Above(m) # {} is FALSE: Above(m) = {}, {} = {} (m = 2)",
		"HasRoom == \\E <<i, k>> \\in {<<3, 4>>}, n \\in {5} : i + k + n + Len(buffer) < 14\n":                                                  "HasRoom: i + k + n + Len(buffer) < 14 is FALSE: i = 3, k = 4, i + k = 7, n = 5, i + k + n = 12, Len(buffer) = 2, i + k + n + Len(buffer) = 14 (i = 3, k = 4, n = 5)",
		"HasRoom ==\n  \\A n \\in {Len(buffer)} :\n    LET Above == {m \\in 1 .. Capacity : m > n}\n    IN  \\E m \\in 1 .. 2 : m \\in Above\n": "HasRoom: m \\in Above is FALSE: m = 1, Above = {} (n = 2) (m = 1); HasRoom: m \\in Above is FALSE: m = 2, Above = {} (n = 2) (m = 2)",
		"HasRoom == buffer # <<>> => buffer[3] = \"x\"\n":                                                                                       "cannot be evaluated: ",
	} {
		s := checktest.ChangedBuffer(t, map[string]string{"HasRoom == Len(buffer) < Capacity\n": guard})
		x := explained(t, s, checktest.BufferTrace("full", put, second, third))
		require.Contains(t, x.Summary, summary, "%s\n%s", guard, x)
		require.Contains(t, x.Rules, "HasRoom", guard)
	}
}

// TestExplainCase has a guard in the arms of a CASE: the first arm that applies,
// and OTHER.
func TestExplainCase(t *testing.T) {
	put, second, third := checktest.BufferStep("Put", "x", 1, "x"), checktest.BufferStep("Put", "y", 2, "y"), checktest.BufferStep("Put", "y", 3, "y")
	for guard, summary := range map[string]string{
		"HasRoom == CASE Len(buffer) = 2 -> buffer[1] = \"y\" [] Len(buffer) >= 2 -> FALSE [] OTHER -> TRUE\n": "HasRoom: buffer[1] = \"y\" is FALSE: buffer[1] = \"x\"",
		"HasRoom == CASE Len(buffer) = 1 -> TRUE [] OTHER -> Len(buffer) < Capacity\n":                         "HasRoom: Len(buffer) < Capacity is FALSE: Len(buffer) = 2, Capacity = 2",
	} {
		s := checktest.ChangedBuffer(t, map[string]string{"HasRoom == Len(buffer) < Capacity\n": guard})
		x := explained(t, s, checktest.BufferTrace("full", put, second, third))
		require.Equal(t, summary, x.Summary, "%s", x)
	}
	// The arms of an action.
	s := checktest.ChangedBuffer(t, map[string]string{
		"Put(item) == HasRoom /\\ buffer' = Append(buffer, item)": "Put(item) ==\n  CASE buffer = <<>> -> buffer' = <<item>>\n    [] OTHER -> HasRoom /\\ buffer' = Append(buffer, item)",
	})
	x := explained(t, s, checktest.BufferTrace("full", put, second, third))
	require.Equal(t, "HasRoom: Len(buffer) < Capacity is FALSE: Len(buffer) = 2, Capacity = 2", x.Summary, "%s", x)
}

// TestExplainWhatCannotBeEvaluated: no part is blamed for a CASE without an arm, and no place
// is told that is another one in the user's file.
func TestExplainWhatCannotBeEvaluated(t *testing.T) {
	s := checktest.SpecOf(t, checktest.Counter+`Arms(k) ==
  /\ CASE k = 1 -> count' = 1 [] k = 2 /\ count > 0 -> count' = 2
  /\ Len(<<k>>) = 1
`, `View(node) == [count |-> count]
StepsNext == \E k \in Arg("k", 1 .. 2) : Step("Arms", [node |-> "a", k |-> k], Arms(k))
`, "")
	arms := func(k, count int) *trace.Trace {
		return checktest.Trace(checktest.Event("Arms", fields{"k": k}, fields{"count": count}))
	}
	without := explained(t, s, arms(2, 2)).String()
	require.Contains(t, without, "CASE with no conditions true")
	require.NotContains(t, without, "what fails is in the parts about the next state")
	other := explained(t, s, arms(1, 2)).String()
	require.Contains(t, other, "could not be listed: evaluation error: In computing next states, TLC encountered a CASE with no conditions true")
	require.NotContains(t, other, ", col ")
}

// TestExplainPrimed has parts that are false about the next state: what the action
// gives a variable is not what another part demands.
func TestExplainPrimed(t *testing.T) {
	const text = `EXTENDS Naturals
VARIABLES v, w, box
vars == <<v, w, box>>
Init == v = 0 /\ w = 5 /\ box = {1, 2, 3}
Small == v' < 3
Add(x) == v < 10 /\ v' = v + x /\ UNCHANGED <<w, box>>
Next == \E x \in 1..3 : Add(x)
`
	for action, summary := range map[string]string{
		"Add(x) /\\ v' = p":           "v' = p is FALSE: v' = 2, p = 3",
		"v' = p /\\ Add(x)":           "Add: v' = v + x is FALSE: v' = 3, v + x = 2",
		"Add(x) /\\ Small /\\ w' = p": "w' = p is FALSE: w' = 5, p = 3",
		"Add(x + 1) /\\ Small":        "Small: v' < 3 is FALSE: v' = 3",
		"w' = p /\\ Add(x)":           "Add: UNCHANGED <<w, box>> is FALSE",
		"box' = {} /\\ IF p = 3 THEN v' = 1 /\\ v' = p ELSE v' = 2 /\\ w' = w": "v' = p is FALSE: v' = 1, p = 3",
	} {
		steps := "View(node) == <<>>\nStepsNext == \\E x \\in Arg(\"x\", 1..3), p \\in Arg(\"after\", 1..9) : Step(\"Add\", [node |-> \"a\", x |-> x, after |-> p], " + action + ")\n"
		x := explained(t, checktest.SpecOf(t, text, steps, ""), checktest.Trace(checktest.Event("Add", fields{"x": 2, "after": 3}, fields{})))
		require.Equal(t, summary, x.Summary, "%s\n%s", action, x)
		if action == "Add(x) /\\ v' = p" {
			require.Contains(t, x.String(), "  v'         since step 1 (line 2), Add(after = 3, node = \"a\", x = 2)\n             v' = v + x  (Add, X.tla:")
			require.NotContains(t, x.String(), "as in the beginning")
		}
	}
}

// TestExplainOfOneNameAndTwoKinds has two steps with an argument of one name, a number
// here and a text there.
func TestExplainOfOneNameAndTwoKinds(t *testing.T) {
	s := checktest.SpecOf(t, `EXTENDS Naturals
VARIABLE v
vars == <<v>>
Init == v = 0
Copy(n) == n > v /\ v' = n
Move(who) == who # "b" /\ v' = 0
Next == Copy(1) \/ Move("a")
`, `View(node) == [v |-> v]
StepsNext ==
  \/ \E n \in Arg("from", 1..3) : Step("Copy", [node |-> "a", from |-> n], Copy(n))
  \/ \E who \in Arg("from", {"a", "b"}) : Step("Move", [node |-> "a", from |-> who], Move(who))
`, "")
	copied := checktest.Event("Copy", fields{"from": 2}, fields{"v": 2})
	moved := checktest.Event("Move", fields{"from": "a"}, fields{"v": 0})
	x := explained(t, s, checktest.Trace(copied, moved, copied, checktest.Event("Copy", fields{"from": 1}, fields{"v": 1})))
	require.Equal(t, "Copy: n > v is FALSE: n = 1, v = 2", x.Summary, "%s", x)
	x = explained(t, s, checktest.Trace(copied, checktest.Event("Move", fields{"from": "b"}, fields{"v": 0})))
	require.Equal(t, `Move: who # "b" is FALSE: who = "b"`, x.Summary, "%s", x)
}

// TestExplainPrimedOfManyBranches names the part that most others hold before.
func TestExplainPrimedOfManyBranches(t *testing.T) {
	const text = `EXTENDS Naturals
VARIABLES v, box
vars == <<v, box>>
Init == v = 0 /\ box = {1, 2}
Take(n) == \E m \in box : m # n /\ box' = box \ {m} /\ v' = m /\ v' > 5
Next == \E n \in 1..9 : Take(n)
`
	steps := "View(node) == <<>>\nStepsNext == \\E n \\in Arg(\"n\", 1..9) : Step(\"Take\", [node |-> \"a\", n |-> n], Take(n))\n"
	x := explained(t, checktest.SpecOf(t, text, steps, ""), checktest.Trace(checktest.Event("Take", fields{"n": 2}, fields{})))
	require.Equal(t, "Take: v' > 5 is FALSE: v' = 1 (m = 1)", x.Summary, "%s", x)
}

// TestExplainThroughNamedInstance has its actions in a module that the spec
// instantiates under a name, with an argument and a definition of its own.
func TestExplainThroughNamedInstance(t *testing.T) {
	files := checktest.SpecFiles("", "", "")
	files["XSteps.tla"].Data = []byte(`---- MODULE XSteps ----
EXTENDS Naturals, Steps
VARIABLE used
vars == <<used>>
T == INSTANCE Tank WITH level <- used
Init == T!Init
View(node) == [used |-> used]
StepsNext == \E n \in Arg("n", 1 .. 3) : Step("Fill", [node |-> "a", n |-> n], T!Fill(n))
====
`)
	files["Tank.tla"] = &fstest.MapFile{Data: []byte(`---- MODULE Tank ----
EXTENDS Naturals
VARIABLE level
Init == level = 0

Fits(n) == level + n <= 4
Fill(n) == n # 2 /\ Fits(n) /\ level' = level + n
====
`)}
	s, err := spec.Load(files)
	require.NoError(t, err)
	fill := func(n, used int) trace.Event {
		return checktest.Event("Fill", map[string]trace.Value{"n": n}, map[string]trace.Value{"used": used})
	}
	x := explained(t, s, checktest.Trace(fill(3, 3), fill(3, 6)))
	require.Contains(t, x.Summary, "Fits: level + n <= 4 is FALSE: ", "%s", x)
	require.Contains(t, x.String(), "true   n # 2  (Tank.tla:7)")
	require.Equal(t, []string{"Tank.tla:6"}, x.At)
	require.Contains(t, x.String(), "level = 3")
	require.Contains(t, x.String(), "  used       since step 1 (line 2), Fill(n = 3, node = \"a\")\n             level' = level + n  (Fill, Tank.tla:7)\n", "%s", x)
}

// TestExplainThroughAnInstanceWithParameters has its actions in a module of which there is
// an instance for each tank.
func TestExplainThroughAnInstanceWithParameters(t *testing.T) {
	files := checktest.SpecFiles("", "", "")
	files["XSteps.tla"].Data = []byte(`---- MODULE XSteps ----
EXTENDS Naturals, Steps
VARIABLES used, all
vars == <<used, all>>
T(tank, most) == INSTANCE Tank WITH level <- used, limit <- most + tank
Init == T(1, 3)!Init /\ all = 0
View(node) == [used |-> used]
StepsNext == \E n \in Arg("n", 1 .. 3), k \in Arg("tank", 1 .. 2) :
  Step("Fill", [node |-> "a", n |-> n, tank |-> k], T(k, 3)!Fill(n) /\ T(k, 1)!Shows /\ UNCHANGED all)
====
`)
	files["Tank.tla"] = &fstest.MapFile{Data: []byte(`---- MODULE Tank ----
EXTENDS Naturals
CONSTANT limit
VARIABLE level
Init == level = 0

Fits(n) == level + n <= limit
Shows == level < 9
Fill(n) == n # 2 /\ Fits(n) /\ level' = level + n
====
`)}
	s, err := spec.Load(files)
	require.NoError(t, err)
	fill := func(n, tank, used int) trace.Event {
		return checktest.Event("Fill", map[string]trace.Value{"n": n, "tank": tank}, map[string]trace.Value{"used": used})
	}
	x := explained(t, s, checktest.Trace(fill(3, 1, 3), fill(3, 2, 6)))
	require.Contains(t, x.Summary, "Fits: level + n <= limit is FALSE: ", "%s", x)
	require.Contains(t, x.Summary, "limit = 5", "%s", x)
	require.Equal(t, []string{"Tank.tla:7"}, x.At)
	require.Contains(t, x.String(), "level' = level + n  (Fill, Tank.tla:9)\n", "%s", x)
}

// TestExplainNamesThePathInARecord has views with a record that differs in one
// place, and in two.
func TestExplainNamesThePathInARecord(t *testing.T) {
	s := checktest.SpecOf(t, `EXTENDS Naturals
VARIABLE known
vars == <<known>>
Init == known = [n01 |-> [inc |-> 1, up |-> TRUE], n02 |-> [inc |-> 1, up |-> TRUE]]
Raise == known' = [known EXCEPT !.n02.inc = @ + 1]
Next == Raise
`, `View(node) == [known |-> known]
StepsNext == Step("Raise", [node |-> "a"], Raise)
`, "")
	raise := func(inc int, up bool) *trace.Trace {
		return checktest.Trace(checktest.Event("Raise", nil, fields{"known": fields{
			"n01": fields{"inc": 1, "up": true}, "n02": fields{"inc": inc, "up": up},
		}}))
	}
	x := explained(t, s, raise(1, true))
	require.Contains(t, x.Summary, "known.n02.inc: expected 2, logged 1", "%s", x)
	x = explained(t, s, raise(1, false))
	require.Contains(t, x.Summary, "known.n02: expected [inc |-> 2, up |-> TRUE], logged [inc |-> 1, up |-> FALSE]", "%s", x)
}

// TestExplainLambda has a rule in an operator that is handed over to another.
func TestExplainLambda(t *testing.T) {
	s := checktest.ChangedBuffer(t, map[string]string{
		"Put(item) == HasRoom /\\ buffer' = Append(buffer, item)": "Stays(x) == x # \"y\"\n" +
			"Put(item) == HasRoom /\\ buffer' = Append(SelectSeq(buffer, LAMBDA x : Stays(x)), item)",
	})
	x := explained(t, s, checktest.BufferTrace("keeps", checktest.BufferStep("Put", "y", 1, "y"), checktest.BufferStep("Put", "x", 2, "x")))
	require.Equal(t, "view", x.Names("Stays"), "%s", x)
}

func TestExplainInvariant(t *testing.T) {
	s := checktest.ChangedBuffer(t, map[string]string{
		"Bounded == Len(buffer) <= Capacity": "Bounded ==\n  /\\ Len(buffer) >= 0\n  /\\ Len(buffer) < Capacity",
	})
	x := explained(t, s, checktest.BufferTrace("full", checktest.BufferStep("Put", "x", 1, "x"), checktest.BufferStep("Put", "y", 2, "y")))
	require.Equal(t, "Bounded: Len(buffer) < Capacity is FALSE: Len(buffer) = 2, Capacity = 2", x.Summary, "%s", x)
	require.Contains(t, x.String(), "The spec's state after it\n  buffer = <<\"x\", \"y\">>\n")
}

func TestNothingToExplain(t *testing.T) {
	_, err := explain.Explain(t.Context(), (&run.Runner{}), checktest.BufferSpec(t), checktest.BufferTrace("good"), report.Verdict{Outcome: report.Accepted})
	require.ErrorIs(t, err, spec.ErrInput)
	x, err := explain.Explain(t.Context(), (&run.Runner{}), checktest.BufferSpec(t), checktest.BufferTrace("empty"), report.Verdict{Outcome: report.Rejected, Reason: report.Malformed, Message: "it is empty"})
	require.NoError(t, err)
	require.Equal(t, "it is empty\n", x.String())
}

// TestExplainProperty: the step is allowed, so that no part of its action is the reason.
func TestExplainProperty(t *testing.T) {
	s := checktest.SpecOf(t, checktest.Counter+"Small == [](count < 2)\n", checktest.CounterSteps, "PROPERTY Small\n")
	add := func(count int) trace.Event { return checktest.Event("Add", nil, fields{"count": count}) }
	x := explained(t, s, checktest.Trace(add(1), add(2)))
	require.Contains(t, x.String(), "rejected at step 2, Add (property): the state after it breaks Small")
	require.NotContains(t, x.String(), "what fails is in the parts")
}
