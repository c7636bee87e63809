package replay_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/internal/replay"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/trace"
)

type fields = map[string]trace.Value

func withConstant(v trace.Value, t *trace.Trace) *trace.Trace {
	t.Header.Constants = fields{"Limit": v}
	return t
}

func letters(all ...string) []trace.Value {
	list := make([]trace.Value, len(all))
	for i := range all {
		list[i] = all[i]
	}
	return list
}

// withArgument is a trace of one step with an argument.
func withArgument(step, name string, v trace.Value) *trace.Trace {
	return checktest.Trace(checktest.Event(step, fields{name: v}, fields{"count": 1}))
}

// TestReplayOfAnySpec holds specs against the checker that it might stumble
// over, and looks above all at what must not be accepted.
func TestReplayOfAnySpec(t *testing.T) {
	one, two := checktest.Event("Add", nil, fields{"count": 1}), checktest.Event("Add", nil, fields{"count": 2})
	good, bad := checktest.Trace(one, two), checktest.Trace(two)
	const limited = "EXTENDS Naturals\nCONSTANT Limit\nASSUME Limit # 0\nVARIABLE count\nvars == <<count>>\n" +
		"Init == count = 0\nAdd == Limit = 3 /\\ count' = count + 1\n"
	for name, c := range map[string]struct {
		spec, steps, cfg string
		traces           []*trace.Trace
		want             []string // how each verdict begins
	}{
		"prints what the checker prints": {
			checktest.Counter, `View(node) == [count |-> count]
Lie == /\ PrintT(<<"accepted", 1>>) /\ PrintT(ToString(<<"accepted", 1>>)) /\ PrintT(<<"reached", 1, 77>>)
       /\ PrintT(<<"differs", 1, 2>>) /\ PrintT("half a") /\ PrintT("\n@!@!@STARTMSG 2193:0 @!@!@\n")
StepsNext == Step("Add", [node |-> "a"], Lie /\ Add)
`, "", []*trace.Trace{bad, good},
			[]string{"rejected at step 1, Add (state)", "accepted"},
		},
		"has the names that our modules use": {
			`EXTENDS Naturals
VARIABLES n, x, S, A, t, r, f, g, b, args, name, step, text, said, value, taken, Breaks, Say, Kind
vars == <<n, x, S, A, t, r, f, g, b, args, name, step, text, said, value, taken, Breaks, Say, Kind>>
Init == n = 0 /\ x = 0 /\ S = 0 /\ A = 0 /\ t = 0 /\ r = 0 /\ f = 0 /\ g = 0 /\ b = 0 /\ args = 0 /\ name = 0 /\ step = 0 /\ text = 0 /\ said = 0 /\ value = 0 /\ taken = 0 /\ Breaks = 0 /\ Say = 0 /\ Kind = 0
ToString(v) == v
Assert(v, w) == TRUE
v @@ w == v
Add == n' = n + 1 /\ UNCHANGED <<x, S, A, t, r, f, g, b, args, name, step, text, said, value, taken, Breaks, Say, Kind>>
`, "View(node) == [count |-> n]\nStepsNext == Step(\"Add\", [node |-> \"a\"], Add)\n", "",
			[]*trace.Trace{good, bad}, []string{"accepted", "rejected at step 1, Add (state)"},
		},
		"uses TLC's first registers": {
			"EXTENDS Naturals\nLOCAL INSTANCE TLC\nVARIABLE count\nvars == <<count>>\nInit == count = 0\n" +
				"Add == TLCSet(1, count) /\\ count' = count + 1\n", checktest.CounterSteps, "",
			[]*trace.Trace{good, bad}, []string{"accepted", "rejected at step 1, Add (state)"},
		},
		"begins in several states": {
			"EXTENDS Naturals\nVARIABLES count, hidden\nvars == <<count, hidden>>\nInit == count = 0 /\\ hidden \\in 1..2\n" +
				"Add == count' = count + hidden /\\ UNCHANGED hidden\n", checktest.CounterSteps, "",
			[]*trace.Trace{good, checktest.Trace(two, checktest.Event("Add", nil, fields{"count": 4})), checktest.Trace(two, checktest.Event("Add", nil, fields{"count": 3}))},
			[]string{"accepted", "accepted", "rejected at step 2, Add (state)"},
		},
		"several states break several invariants": {
			"EXTENDS Naturals\nVARIABLES count, hidden\nvars == <<count, hidden>>\nInit == count = 0 /\\ hidden \\in 0..2\n" +
				"Add == count' = count + 1 /\\ hidden' = hidden + 1\nFew == hidden < 4\nSmall == [](count < 2)\n",
			checktest.CounterSteps, "INVARIANT Few\nPROPERTY Small\n", []*trace.Trace{good},
			[]string{"rejected at step 2, Add (property): the state after it breaks Small"},
		},
		"leaves a variable open": {
			"EXTENDS Naturals\nVARIABLES count, hidden\nvars == <<count, hidden>>\nInit == count = 0 /\\ hidden = 1\nAdd == count' = count + 1\n",
			checktest.CounterSteps, "", []*trace.Trace{good, bad},
			[]string{"rejected at step 1, Add (error)", "rejected at step 1, Add (state)"},
		},
		"leaves the view open": {
			"EXTENDS Naturals\nVARIABLES seen, hidden\nvars == <<seen, hidden>>\nInit == seen = [count |-> 0] /\\ hidden = 1\nAdd == hidden' = 1\n",
			"View(node) == seen\nStepsNext == Step(\"Add\", [node |-> \"a\"], Add)\n", "", []*trace.Trace{good},
			[]string{"rejected at step 1, Add (error)"},
		},
		"shows no record": {
			checktest.Counter, "View(node) == count\nStepsNext == Step(\"Add\", [node |-> \"a\"], Add)\n", "", []*trace.Trace{good},
			[]string{"rejected at step 1, Add (state): the spec's view is 1, which is no record"},
		},
		"has arguments of several kinds and forms": {
			checktest.Counter, `View(node) == [count |-> count]
StepsNext == \/ \E b \in Arg("by", 1..3) : Step("Add", [node |-> "a", by |-> b], Add)
             \/ \E b \in Arg("by", {"x"}) : Step("AddX", [node |-> "a", by |-> b], Add)
             \/ Step("Add", [node |-> "a", sent |-> [type |-> "]", to |-> <<1, 2>>]], Add)
             \/ Step("Add", [node |-> "a", by |-> "nobody"], Add)
`, "", []*trace.Trace{
				checktest.Trace(checktest.Event("AddX", fields{"by": "x"}, fields{"count": 1})),
				checktest.Trace(checktest.Event("Add", fields{"by": 3}, fields{"count": 1})),
				checktest.Trace(checktest.Event("Add", fields{"by": "nobody"}, fields{"count": 1})),
				checktest.Trace(checktest.Event("Add", fields{"sent": fields{"type": "]", "to": []trace.Value{1, 2}}}, fields{"count": 1})),
				checktest.Trace(checktest.Event("Add", fields{"by": 4}, fields{"count": 1})),
				checktest.Trace(checktest.Event("Add", fields{"by": "x"}, fields{"count": 1})),
				checktest.Trace(checktest.Event("Add", fields{"by": 1, "sent": fields{}}, fields{"count": 1})),
				checktest.Trace(one),
			}, []string{"accepted", "accepted", "accepted", "accepted", "rejected at step 1, Add (guard)", "rejected at step 1, Add (guard)",
				"bad input: x:2: step Add has the arguments (by, node, sent); the spec has it with (by, node) or with (node, sent)",
				"bad input: x:2: step Add has the arguments (node)"},
		},
		"strings and sequences of their letters": {
			checktest.Counter, `View(node) == [count |-> count]
StepsNext == \/ \E m \in Arg("m", {[to |-> "s", word |-> "ab"], [to |-> "t", word |-> ""]}) : Step("Add", [node |-> "a", m |-> m], Add)
             \/ \E l \in Arg("l", {<<"a", "b">>, <<>>}) : Step("AddList", [node |-> "a", l |-> l], Add)
             \/ \E l \in Arg("l", Seq({"ab", "c"})) : Step("AddWords", [node |-> "a", l |-> l], Add)
`, "", []*trace.Trace{
				withArgument("Add", "m", fields{"to": "s", "word": "ab"}),
				withArgument("Add", "m", fields{"to": "s", "word": letters("a", "b")}),
				withArgument("Add", "m", fields{"to": letters("s"), "word": "ab"}),
				withArgument("Add", "m", fields{"to": "t", "word": letters()}),
				withArgument("Add", "m", fields{"to": "t", "word": fields{}}),
				withArgument("AddList", "l", letters("a", "b")),
				withArgument("AddList", "l", letters()),
				withArgument("AddList", "l", "ab"),
				withArgument("AddWords", "l", letters("ab", "c")),
				withArgument("AddWords", "l", []trace.Value{"c", letters("a", "b")}),
				withArgument("AddWords", "l", []trace.Value{fields{"x": letters("a", "b")}}),
			}, []string{"accepted", "rejected at step 1, Add (guard)", "rejected at step 1, Add (guard)", "rejected at step 1, Add (guard)", "rejected at step 1, Add (guard)",
				"accepted", "accepted", "rejected at step 1, AddList (guard)", "accepted", "rejected at step 1, AddWords", "rejected at step 1, AddWords"},
		},
		"one argument of several kinds": {
			checktest.Counter, `View(node) == [count |-> count]
StepsNext == \/ \E m \in Arg("m", {[to |-> "s", n |-> 1], [to |-> "t", n |-> 2]}) : Step("Add", [node |-> "a", m |-> m], Add)
             \/ \E m \in Arg("m", {[to |-> "s", n |-> "all"]}) : Step("AddAll", [node |-> "a", m |-> m], Add)
             \/ \E m \in Arg("m", Seq({[n |-> 1]})) : Step("AddMany", [node |-> "a", m |-> m], Add)
             \/ \E m \in Arg("m", 0 .. 1000000) : Step("AddNumber", [node |-> "a", m |-> m], Add)
             \/ \E m \in Arg("m", {"x", "y"}) : Step("AddWord", [node |-> "a", m |-> m], Add)
`, "", []*trace.Trace{
				withArgument("AddNumber", "m", 1000000),
				withArgument("AddWord", "m", "y"),
				withArgument("Add", "m", fields{"to": "t", "n": 2}),
				withArgument("AddAll", "m", fields{"to": "s", "n": "all"}),
				withArgument("AddMany", "m", []trace.Value{fields{"n": 1}, fields{"n": 1}}),
				withArgument("Add", "m", fields{"to": "s", "n": "all"}),
				withArgument("AddAll", "m", fields{"to": "s", "n": 1}),
			}, []string{"accepted", "accepted", "accepted", "accepted", "accepted", "rejected at step 1, Add (guard)", "rejected at step 1, AddAll (guard)"},
		},
		"sets that TLC cannot list, of several kinds": {
			checktest.Counter + "Words == {\"x\", \"y\"}\n", `View(node) == [count |-> count]
Put(n) == \/ Step("Put", [node |-> "a", n |-> n], Add)
          \/ Step("PutIt", [node |-> "a", n |-> n], Add)
StepsNext == \/ \E n \in Arg("n", Nat \ {0}) : Step("Add", [node |-> "a", n |-> n], Add)
             \/ \E n \in Arg("n", Seq({1, 2})) : /\ n # <<2>>
                                               /\ Step("AddNumbers", [node |-> "a", n |-> n], Add)
             \/ \E n \in Arg("n", Seq(Words)) : Step("AddWords", [node |-> "a", n |-> n], Add)
             \/ \E n \in Arg("n", {n \in Nat : n > 1}) : Put(n)
`, "", []*trace.Trace{
				withArgument("Add", "n", 1),
				withArgument("AddNumbers", "n", []trace.Value{1, 2}),
				withArgument("AddWords", "n", []trace.Value{"x", "y"}),
				withArgument("Put", "n", 2), withArgument("PutIt", "n", 3),
				withArgument("Add", "n", 0),
				withArgument("Add", "n", "x"),
				withArgument("AddNumbers", "n", []trace.Value{2}),
				withArgument("AddNumbers", "n", []trace.Value{1, "x"}),
				withArgument("AddWords", "n", []trace.Value{1}),
				withArgument("AddWords", "n", []trace.Value{"z"}),
				withArgument("Put", "n", 1), withArgument("PutIt", "n", true),
			}, []string{"accepted", "accepted", "accepted", "accepted", "accepted",
				"rejected at step 1, Add (guard)", "rejected at step 1, Add (guard)",
				"rejected at step 1, AddNumbers (guard)", "rejected at step 1, AddNumbers",
				"rejected at step 1, AddWords", "rejected at step 1, AddWords (guard)",
				"rejected at step 1, Put (guard)", "rejected at step 1, PutIt (guard)"},
		},
		"an invariant cannot be evaluated": {
			checktest.Counter + "Inv == count < 2 \\/ <<1>>[count] = 1\n", checktest.CounterSteps, "INVARIANT Inv\n",
			[]*trace.Trace{good, checktest.Trace(one)}, []string{"rejected at step 2, Add (error)", "accepted"},
		},
		"its Assert fails": {
			checktest.Counter + "Sure == Assert(count < 1, \"not so\")\n",
			"View(node) == [count |-> count]\nStepsNext == Step(\"Add\", [node |-> \"a\"], Sure /\\ Add)\n", "",
			[]*trace.Trace{good, checktest.Trace(one)}, []string{"rejected at step 2, Add (error)", "accepted"},
		},
		"functions that TLC evaluates late": {
			`EXTENDS Naturals
VARIABLES count, up, deep
vars == <<count, up, deep>>
Links == {"a", "b"} \X {"a", "b"}
Init == count = 0 /\ up = [l \in Links |-> TRUE] /\ deep = [s \in SUBSET {"a"} |-> [up |-> [l \in Links |-> FALSE]]]
More == count' = count + 1
Add == up["a", "b"] /\ More /\ UNCHANGED <<up, deep>>
Cut == up' = [up EXCEPT !["a", "b"] = FALSE] /\ UNCHANGED <<count, deep>>
Heal == deep' = [deep EXCEPT ![{}].up["a", "b"] = TRUE] /\ UNCHANGED <<count, up>>
AddHealed == deep[{}].up[<<"a", "b">>] /\ More /\ UNCHANGED <<up, deep>>
`, `View(node) == [count |-> count]
StepsNext == \/ Step("Add", [node |-> "a"], Add) \/ Step("Cut", [node |-> "a"], Cut)
             \/ Step("Heal", [node |-> "a"], Heal) \/ Step("AddHealed", [node |-> "a"], AddHealed)
`, "", []*trace.Trace{
				checktest.Trace(one, checktest.Event("Cut", nil, fields{"count": 1}), checktest.Event("Heal", nil, fields{"count": 1}), checktest.Event("AddHealed", nil, fields{"count": 2})),
				checktest.Trace(one, checktest.Event("Cut", nil, fields{"count": 1}), two),
				checktest.Trace(one, checktest.Event("AddHealed", nil, fields{"count": 2})),
			}, []string{"accepted", "rejected at step 3, Add (guard)", "rejected at step 2, AddHealed (guard)"},
		},
		"constants": {
			limited, checktest.CounterSteps, "CONSTANT Limit = 3\n", []*trace.Trace{
				good, withConstant(3, checktest.Trace(one)), withConstant("3", checktest.Trace(one)), withConstant(-1, checktest.Trace(one)),
				withConstant(fields{"a": 1}, checktest.Trace(one)), withConstant("`", checktest.Trace(one)), withConstant(0, checktest.Trace(one)),
			}, []string{"accepted", "accepted", "bad input: x:1: constant Limit: XSteps.cfg has a number, the trace logs a string",
				"bad input: x:1: constant Limit: not a TLA+ value: a configuration file cannot hold the negative number -1",
				"bad input: x:1: constant Limit: XSteps.cfg has a number, the trace logs a record",
				"bad input: x:1: constant Limit:", "bad input: x:1: with the constants in its header: Assumption"},
		},
		"constants with escapes": {
			strings.NewReplacer("3", `"b"`, "0\nVAR", "\"\"\nVAR").Replace(limited), checktest.CounterSteps, "CONSTANT Limit = \"b\"\n", []*trace.Trace{
				withConstant("b", checktest.Trace(one)), withConstant("a\"b", checktest.Trace(one)), withConstant("a\\", checktest.Trace(one)),
			}, []string{"accepted", "bad input: x:1: constant Limit: not a TLA+ value: a configuration file cannot hold the string",
				"bad input: x:1: constant Limit: not a TLA+ value: a configuration file cannot hold the string"},
		},
		"a constant that is defined": {
			limited + "Three == 3\n", checktest.CounterSteps, "CONSTANT Limit <- Three\n", []*trace.Trace{good, withConstant(3, checktest.Trace(one))},
			[]string{"accepted", "bad input: x:1: constant Limit: XSteps.cfg defines it as Three, and no trace can bring another"},
		},
		"a negative number": {
			checktest.Counter, checktest.CounterSteps, "", []*trace.Trace{checktest.Trace(checktest.Event("Add", nil, fields{"count": -1})), good},
			[]string{"rejected at step 1, Add (state)", "accepted"},
		},
		"names of fields": {
			checktest.Counter, checktest.CounterSteps, "", []*trace.Trace{
				good, checktest.Trace(checktest.Event("Add", nil, fields{"count": 1, "\x00": 1})), checktest.Trace(checktest.Event("Add", nil, fields{"count": 1, "a b\"": 1})),
			}, []string{"accepted", "bad input: x:2: state: the name of a field: TLC reads printable ASCII only", "rejected at step 1, Add (state): a b\" = 1 is not in the spec's view"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			verdicts, err := replay.Replay(t.Context(), checktest.Runner(t), checktest.SpecOf(t, c.spec, c.steps, c.cfg), c.traces)
			require.NoError(t, err)
			for i, v := range verdicts {
				require.True(t, strings.HasPrefix(v.String(), c.want[i]), "trace %d: expected %s, found %s", i+1, c.want[i], v)
			}
		})
	}
}

// TestLoadRefuses holds what is wrong with a Steps module before TLC is asked.
func TestLoadRefuses(t *testing.T) {
	for says, files := range map[string]fstest.MapFS{
		"XSteps.cfg: Nope is defined in no module":       checktest.SpecFiles(checktest.Counter, checktest.CounterSteps, "INVARIANT Nope\n"),
		"not with INIT Other and NEXT":                   checktest.SpecFiles(checktest.Counter, checktest.CounterSteps, "INIT Other\n"),
		"Step is the checker's to define":                checktest.SpecFiles(checktest.Counter, checktest.CounterSteps, "CONSTANT Step <- Other\n"),
		"ReplayJudge is the checker's to define":         checktest.SpecFiles(checktest.Counter, checktest.CounterSteps, "CONSTANT ReplayJudge <- Other\n"),
		"the arguments of the step Add lack the node":    checktest.SpecFiles(checktest.Counter, "View(node) == 1\nStepsNext == Step(\"Add\", [at |-> 1], Add)\n", ""),
		"View is defined neither here":                   checktest.SpecFiles(checktest.Counter, "(* (* *) View(node) == 1 *)\nStepsNext == Step(\"Add\", [node |-> 1], Add)\n", ""),
		"View must have one parameter":                   checktest.SpecFiles(checktest.Counter, "View == 1\nStepsNext == Step(\"Add\", [node |-> 1], Add)\n", ""),
		"no action is named with Step":                   checktest.SpecFiles(checktest.Counter, "View(node) == \"(*\" \\* Step(\"A\", [node |-> 1], A)\nStepsNext == Add\n", ""),
		"Recorded.tla: the checker has a module of this": withFile(checktest.SpecFiles(checktest.Counter, checktest.CounterSteps, ""), "Recorded.tla"),
	} {
		_, err := spec.Load(files)
		require.ErrorIs(t, err, spec.ErrInput)
		require.ErrorContains(t, err, says)
	}
}

func withFile(files fstest.MapFS, name string) fstest.MapFS {
	files[name] = &fstest.MapFile{Data: []byte("---- MODULE X ----\n====\n")}
	return files
}

// TestStepsOfAllModules: what XSteps extends may name steps, too.
func TestStepsOfAllModules(t *testing.T) {
	files := checktest.SpecFiles(checktest.Counter, "View(node) == 1\nStepsNext == More \\/ Step(\"Add\", [node |-> \"(*\"], Add)\n", "")
	files["XSteps.tla"].Data = []byte(strings.Replace(string(files["XSteps.tla"].Data), "X, Steps", "More", 1))
	files["More.tla"] = &fstest.MapFile{Data: []byte("---- MODULE More ----\nEXTENDS X, Steps\nMore == Step(\"More\", [node |-> 1], Add)\n====\n")}
	files["Other.tla"] = &fstest.MapFile{Data: []byte("---- MODULE Other ----\nOther(a) == Step(a, a, a)\n====\n")}
	s, err := spec.Load(files)
	require.NoError(t, err)
	require.Equal(t, []string{"Add", "More"}, s.Steps())
}

// TestFaultsOfASpecThatRefuseAllTraces have a reason of their own.
func TestFaultsOfASpecThatRefuseAllTraces(t *testing.T) {
	steps := "View(node) == [n |-> n]\nStepsNext == \\E node \\in Arg(\"node\", Node) : Step(\"Add\", [node |-> node], Add)\n"
	for _, c := range []struct{ spec, cfg, says string }{
		{"EXTENDS Naturals\nVARIABLE n\nvars == n\nInit == n = 0 /\\ FALSE\nAdd == n' = n + 1\nNode == {\"a\"}\n", "", "has no initial state"},
		{"EXTENDS Naturals\nCONSTANT Node\nVARIABLE n\nvars == n\nInit == n = 0\nAdd == n' = n + 1\n", "CONSTANT Node = {a, b}\n", "model values, Node = {a, b}, and"},
	} {
		add := checktest.Event("Add", nil, map[string]trace.Value{"n": 1})
		verdicts, err := replay.Replay(t.Context(), checktest.Runner(t), checktest.SpecOf(t, c.spec, steps, c.cfg), []*trace.Trace{checktest.Trace(add)})
		require.NoError(t, err)
		require.Equal(t, report.Rejected, verdicts[0].Outcome)
		require.Contains(t, verdicts[0].String(), c.says)
	}
}
