package command_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// steps writes a trace of the spec X. Each line is `STEP ARGS STATE`, the latter
// two as JSON without blanks.
func steps(lines ...string) string {
	var b strings.Builder
	b.WriteString(`{"lockstep":1,"spec":"X","scenario":"s","seed":0,"constants":{}}` + "\n")
	for _, line := range lines {
		part := strings.SplitN(line, " ", 3)
		fmt.Fprintf(&b, `{"step":%q,"args":%s,"state":%s}`+"\n", part[0], part[1], part[2])
	}
	fmt.Fprintf(&b, `{"end":%d}`+"\n", len(lines))
	return b.String()
}

// verdictCase is a spec X, given by the bodies of its modules, with one trace
// that is held against it.
type verdictCase struct {
	name             string
	spec, steps, cfg string
	trace            string
	code             int
	says             string // on either output; "" asks nothing
}

func (c verdictCase) run(t *testing.T) {
	t.Helper()
	needsTLC(t)
	dir := t.TempDir()
	write := func(name, content string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	write("X.tla", "---- MODULE X ----\n"+c.spec+"====\n")
	write("XSteps.tla", "---- MODULE XSteps ----\nEXTENDS X, Steps\n"+c.steps+"====\n")
	write("XSteps.cfg", c.cfg)
	write("t.ndjson", c.trace)
	r := lockstep(t, nil, "replay", "-q", "-steps", dir, filepath.Join(dir, "t.ndjson"))
	require.Equal(t, c.code, r.code, "%s%s", r.out, r.err)
	require.Contains(t, r.out+r.err, c.says)
}

func runAll(t *testing.T, cases []verdictCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t)
		})
	}
}

// worker is a spec with an action Internal that its Steps module may name or
// not.
const worker = `EXTENDS Naturals
VARIABLES phase, n
vars == <<phase, n>>
Init == phase = "idle" /\ n = 0
Start == phase = "idle" /\ phase' = "work" /\ UNCHANGED n
Internal == phase = "work" /\ n < 3 /\ n' = n + 1 /\ UNCHANGED phase
Finish == phase = "work" /\ n > 0 /\ phase' = "idle" /\ n' = 0
`

const workerSteps = `View(node) == [phase |-> phase]
Named == \/ Step("Start", [node |-> "n"], Start)
         \/ Step("Finish", [node |-> "n"], Finish)
`

// TestOnlyAStepTakesALine holds that a part of StepsNext without a Step is an
// error that names its place, whatever stands around it.
func TestOnlyAStepTakesALine(t *testing.T) {
	lie := steps(`Start {"node":"n"} {"phase":"work"}`, `Start {"node":"n"} {"phase":"a lie"}`, `Finish {"node":"n"} {"phase":"idle"}`)
	fine := steps(`Start {"node":"n"} {"phase":"work"}`)
	var cases []verdictCase
	for name, next := range map[string]string{
		"plain":             `Named \/ Internal`,
		"stuttering":        `Named \/ UNCHANGED vars`,
		"LET":               `Named \/ LET free == Internal IN free`,
		"IF":                `Named \/ IF phase = "work" THEN Internal ELSE FALSE`,
		"CASE":              `Named \/ CASE phase = "work" -> Internal [] OTHER -> FALSE`,
		"quantifier":        `Named \/ \E m \in 1..2 : n' = n + m /\ UNCHANGED phase`,
		"named operator":    `Named \/ Free`,
		"operator argument": `Named \/ Do(Internal)`,
		"implication":       `Named \/ (phase = "idle" => Internal)`,
		"beside an IF":      `IF n > 2 THEN Internal ELSE Named \/ Internal`,
	} {
		steps := workerSteps + "Free == Internal\nDo(A) == A\nStepsNext ==\n  " + next + "\n"
		cases = append(cases,
			verdictCase{"lie, " + name, worker, steps, "", lie, 2, "is not under a Step"},
			verdictCase{"right, " + name, worker, steps, "", fine, 2, "is not under a Step"})
	}
	for name, next := range map[string]string{
		"LET":              `LET free == Named IN free`,
		"IF":               `IF phase = "work" THEN Step("Finish", [node |-> "n"], Finish) ELSE Named`,
		"CASE":             `CASE phase = "work" -> Named [] OTHER -> Named`,
		"guard beside":     `n < 9 /\ Named /\ n' < 9`,
		"FALSE":            `Named \/ FALSE`,
		"quantifier":       `\E m \in {1} : m = 1 /\ Named`,
		"operator":         `Do(Named)`,
		"step in argument": `Named \/ Do(Step("Internal", [node |-> "n"], Internal))`,
	} {
		cases = append(cases, verdictCase{"named, " + name, worker, workerSteps + "Do(A) == A\nStepsNext ==\n  " + next + "\n", "", fine, 0, "accepted, 1 steps"})
	}
	cases = append(cases, verdictCase{"the place", worker, workerSteps + "StepsNext ==\n  \\/ Named\n  \\/ Internal\n", "", lie, 2, "XSteps.tla:8:6: Internal is not under a Step"})
	cases = append(cases, verdictCase{"an Arg that is no argument", worker,
		workerSteps + "StepsNext ==\n  \\E k \\in Arg(\"k\", 1..2) : k = 1 /\\ Step(\"Start\", [node |-> \"n\"], Start)\n", "", fine, 2,
		"XSteps.tla:7:12: Arg \"k\" stands around the step Start and is none of its arguments"})
	cases = append(cases, verdictCase{"a constant of no module", worker, workerSteps + "StepsNext == Named\n", "CONSTANT Maxx = 4\n", fine, 2,
		"XSteps.cfg: no module has the constant Maxx"})
	runAll(t, cases)
}

// TestTheNodeMayStandInAVariable: the view that is compared is that of the node
// that took the step, though the step changes the variable that names it.
func TestTheNodeMayStandInAVariable(t *testing.T) {
	const spec = `EXTENDS Naturals
VARIABLES leader, term
vars == <<leader, term>>
Init == leader = "a" /\ term = [n \in {"a", "b"} |-> 0]
HandOver == leader' = "b" /\ term' = [term EXCEPT !.a = 7, !.b = 1]
`
	for name, next := range map[string]string{
		"record": `Step("HandOver", [node |-> leader], leader = "a" /\ HandOver)`,
		"LET":    `LET who == leader IN Step("HandOver", [node |-> who], leader = "a" /\ HandOver)`,
		"name":   `Hand(leader)`,
		"found":  `LET args == [node |-> CHOOSE n \in {leader} : TRUE] IN Step("HandOver", args, HandOver)`,
	} {
		steps1 := "View(node) == [term |-> term[node]]\nHand(who) == Step(\"HandOver\", [node |-> who], HandOver)\nStepsNext == " + next + "\n"
		runAll(t, []verdictCase{
			{name + ", right", spec, steps1, "", steps(`HandOver {"node":"a"} {"term":7}`), 0, "accepted"},
			{name + ", wrong", spec, steps1, "", steps(`HandOver {"node":"a"} {"term":1}`), 1, "term = 1, the spec has 7"},
		})
	}
}

// TestAStringIsNoSequence: TLC takes a string for the sequence of its letters,
// if the sequence is on the left.
func TestAStringIsNoSequence(t *testing.T) {
	const spec = `EXTENDS Integers, Sequences
VARIABLES text, list
vars == <<text, list>>
Init == text = "" /\ list = <<>>
Set == text' = "tm" /\ list' = <<"t", "m">>
`
	const view = `View(node) == [text |-> text, list |-> list]
StepsNext == Step("Set", [node |-> "tm"], Set) \/ Step("Seq", [node |-> "n", to |-> <<"t", "m">>], Set)
`
	runAll(t, []verdictCase{
		{"as it is", spec, view, "", steps(`Set {"node":"tm"} {"text":"tm","list":["t","m"]}`), 0, "accepted"},
		{"node", spec, view, "", steps(`Set {"node":["t","m"]} {"text":"tm","list":["t","m"]}`), 1, "(guard)"},
		{"argument", spec, view, "", steps(`Seq {"node":"n","to":"tm"} {"text":"tm","list":["t","m"]}`), 1, "(guard)"},
		{"string in the view", spec, view, "", steps(`Set {"node":"tm"} {"text":["t","m"],"list":["t","m"]}`), 1, "(state)"},
		{"sequence in the view", spec, view, "", steps(`Set {"node":"tm"} {"text":"tm","list":"tm"}`), 1, "(state)"},
		{"empty", "EXTENDS Sequences\nVARIABLE list\nvars == list\nInit == list = <<>>\nSet == UNCHANGED list\n",
			"View(node) == [list |-> list]\nStepsNext == Step(\"Set\", [node |-> \"n\"], Set)\n", "", steps(`Set {"node":"n"} {"list":""}`), 1, "(state)"},
	})
}

const counting = `EXTENDS Naturals
VARIABLE count
vars == <<count>>
Init == count = 0
Add == count' = count + 1
`

const countingSteps = `View(node) == [count |-> count]
StepsNext == Step("Add", [node |-> "a"], Add)
`

// TestValuesThatTLCDoesNotList: a range of numbers is no number, and what TLC cannot hold in
// a state is no verdict.
func TestValuesThatTLCDoesNotList(t *testing.T) {
	const spec = `EXTENDS Naturals
VARIABLES range, all
vars == <<range, all>>
Init == range = 0 /\ all = [n \in Nat |-> 0]
Set == range' = 3 .. 4 /\ all' = [all EXCEPT ![3] = 4]
`
	const view = "View(node) == [v |-> range]\nStepsNext == Step(\"Set\", [node |-> \"n\"], Set)\n"
	set := steps(`Set {"node":"n"} {"v":3}`)
	runAll(t, []verdictCase{
		{"range", strings.ReplaceAll(spec, "in Nat", "in 0 .. 3"), view, "", set, 1, "Set (state): v = 3, the spec has "},
		{"endless", spec, view, "", set, 3, "t.ndjson:2: unknown from step 1, Set: TLC cannot evaluate it"},
	})
}

// TestPropertiesAlongATrace: what a PROPERTY says of each state and each step is
// checked; what it says of the end is refused.
func TestPropertiesAlongATrace(t *testing.T) {
	two := steps(`Add {"node":"a"} {"count":1}`, `Add {"node":"a"} {"count":2}`)
	const properties = `Small == [](count < 2)
Slow == [][count' < 2]_vars
Other == [][\A n \in {1, 2} :
              \/ count' # n
              \/ count = n - 1]_vars
Both == Other /\ [](count < 9)
Each == \A n \in {1, 2} : [][count # n]_vars
Soon == <>(count = 9)
Fair == WF_vars(Add)
Whole == Init /\ [][Add]_vars
Start == count = 0
---- MODULE Inner ----
VARIABLE c
Steady == [][c' < 2]_c
====
I == INSTANCE Inner WITH c <- count
Named == I!Steady
`
	runAll(t, []verdictCase{
		{"holds", counting + properties, countingSteps, "PROPERTIES Both Other\n", two, 0, "accepted"},
		{"state", counting + properties, countingSteps, "PROPERTY Small\n", two, 1, "t.ndjson:3: rejected at step 2, Add (property): the state after it breaks Small"},
		{"step", counting + properties, countingSteps, "PROPERTY Slow\n", two, 1, "t.ndjson:3: rejected at step 2, Add (property): the spec allows the step, but the property Slow forbids it"},
		{"quantifier", counting + properties, countingSteps, "PROPERTY Each\n", two, 1, "t.ndjson:3: rejected at step 2, Add (property)"},
		{"end", counting + properties, countingSteps, "PROPERTY Soon\n", two, 2, "XSteps.cfg: the property Soon cannot be checked along a trace: X.tla:14:9: <>(count = 9) is neither []P nor [][A]_v"},
		{"fairness", counting + properties, countingSteps, "PROPERTY Fair\n", two, 2, "cannot be checked along a trace"},
		{"spec", counting + properties, countingSteps, "PROPERTY Whole\n", two, 2, "cannot be checked along a trace"},
		{"start", counting + properties, countingSteps, "PROPERTY Start\n", two, 2, "cannot be checked along a trace"},
		{"instance", counting + properties, countingSteps, "PROPERTY Named\n", two, 2, "the property Named cannot be checked along a trace: X.tla:23:10: I!Steady stands in X.tla"},
		{"unknown", counting + properties, countingSteps, "PROPERTY Nope\n", two, 2, "XSteps.cfg: the property Nope is defined in no module"},
	})
}

// TestNoLineOfACfgIsIgnored: what the checker does not do is refused.
func TestNoLineOfACfgIsIgnored(t *testing.T) {
	one := steps(`Add {"node":"a"} {"count":1}`)
	const more = `CONSTANT Limit
S == Init /\ [][StepsNext]_vars
F == Init /\ [][StepsNext]_vars /\ WF_vars(StepsNext)
Wrong == Init /\ [][Add]_vars
`
	for name, c := range map[string]verdictCase{
		"SPECIFICATION":         {cfg: "SPECIFICATION S\n"},
		"fair SPECIFICATION":    {cfg: "SPECIFICATION F\n"},
		"other SPECIFICATION":   {cfg: "SPECIFICATION Wrong\n", code: 2, says: "XSteps.cfg: SPECIFICATION Wrong must be Init /\\ [][StepsNext]_vars"},
		"unknown SPECIFICATION": {cfg: "SPECIFICATION T\n", code: 2, says: "XSteps.cfg: SPECIFICATION T"},
		"INIT":                  {cfg: "INIT Other\n", code: 2, says: "not with INIT Other"},
		"VIEW":                  {cfg: "VIEW vars\n", code: 2, says: "XSteps.cfg: VIEW"},
		"SYMMETRY":              {cfg: "SYMMETRY vars\n", code: 2, says: "XSteps.cfg: SYMMETRY"},
		"ALIAS":                 {cfg: "ALIAS vars\n", code: 2, says: "XSteps.cfg: ALIAS"},
		"POSTCONDITION":         {cfg: "POSTCONDITION vars\n", code: 2, says: "XSteps.cfg: POSTCONDITION"},
		"deadlock":              {cfg: "CHECK_DEADLOCK TRUE\n", code: 2, says: "XSteps.cfg: CHECK_DEADLOCK TRUE"},
		"no deadlock":           {cfg: "CHECK_DEADLOCK FALSE\n"},
		"twice":                 {cfg: "CONSTANT Limit = 4\n", code: 2, says: "XSteps.cfg:2:10: Limit comes twice"},
		"deadlock twice":        {cfg: "CHECK_DEADLOCK FALSE\nCHECK_DEADLOCK FALSE\n", code: 2, says: "CHECK_DEADLOCK comes twice"},
		"unknown keyword":       {cfg: "TYPE_CONSTRAINT vars\n", code: 2, says: "XSteps.cfg:2:17: expected = or <- after TYPE_CONSTRAINT"},
		"PrintT":                {cfg: "CONSTANT PrintT <- Loud\n", code: 2, says: "XSteps.cfg: PrintT is the checker's to define"},
	} {
		spec, steps := strings.Replace(counting, "VARIABLE", "CONSTANT Limit\nVARIABLE", 1), countingSteps+strings.Replace(more, "CONSTANT Limit\n", "", 1)
		if c.says == "" {
			c.says = "accepted"
		}
		runAll(t, []verdictCase{{name, spec, steps, "CONSTANT Limit = 3\n" + c.cfg, one, c.code, c.says}})
	}
}

// TestNamesOfTheChecker: a spec cannot speak for the checker.
func TestNamesOfTheChecker(t *testing.T) {
	lie := steps(`Add {"node":"a"} {"count":5}`)
	for name, c := range map[string]verdictCase{
		"definition":       {spec: counting + "RecordedWhole(a, b) == TRUE\n", steps: countingSteps, says: "X.tla:7: the name RecordedWhole is the checker's own"},
		"generated":        {spec: counting + "InstanceKeep1 == TRUE\n", steps: countingSteps, says: "X.tla:7: the name InstanceKeep1 is the checker's own"},
		"function":         {spec: counting + "LOCAL RecordedLength[t \\in {1}] == 0\n", steps: countingSteps, says: "the name RecordedLength is the checker's own"},
		"output":           {spec: counting, steps: "INSTANCE Output\n" + countingSteps, says: "XSteps.tla:3: the module Output is the checker's own"},
		"output, local":    {spec: counting + "LOCAL INSTANCE Output\n", steps: countingSteps, says: "X.tla:7: the module Output"},
		"output, named":    {spec: counting + "V == INSTANCE Output\n", steps: countingSteps, says: "X.tla:7: the module Output"},
		"word":             {spec: counting + "Step(a, b, c) == c\n", steps: countingSteps, says: "X.tla:7: Step is a word of the module Steps"},
		"variable":         {spec: counting + "VARIABLES u, Arg\n", steps: countingSteps, says: "X.tla:7: Arg is a word of the module Steps"},
		"left out of vars": {spec: counting + "VARIABLE other\n", steps: countingSteps, says: "X.tla:4:1: vars leaves out the variable other"},
	} {
		runAll(t, []verdictCase{{name, c.spec, c.steps, "", lie, 2, c.says}})
	}
	runAll(t, []verdictCase{{"similar names are yours", counting + "(* OutputPrint *)\nRecordedWholeDay == \"RecordedWhole\"\nCompareAndSwap == 1\n", countingSteps, "",
		steps(`Add {"node":"a"} {"count":1}`), 0, "accepted"}})
}

// TestConstantsHaveTheirKind: a constant of a trace is of the kind that the cfg
// gives it.
func TestConstantsHaveTheirKind(t *testing.T) {
	spec := strings.Replace(counting, "VARIABLE", "CONSTANTS Limit, Node, Absent, None\nVARIABLE", 1)
	const cfg = "CONSTANTS Limit = 3 Node = {n1, n2} Absent = absent None = {}\n"
	for constants, says := range map[string]string{
		`{"Limit":4,"Node":["a"],"Absent":"gone","None":[1]}`: "",
		`{"Limit":"4"}`:    "t.ndjson:1: constant Limit: XSteps.cfg has a number, the trace logs a string",
		`{"Node":[1]}`:     "constant Node: XSteps.cfg has a set of strings, the trace logs a set of numbers",
		`{"Node":["a",1]}`: "constant Node: XSteps.cfg has a set of strings, the trace logs a set of numbers and strings",
		`{"Node":"a"}`:     "constant Node: XSteps.cfg has a set of strings, the trace logs a string",
		`{"Absent":true}`:  "constant Absent: XSteps.cfg has a string, the trace logs a boolean",
		`{"None":0}`:       "constant None: XSteps.cfg has a set, the trace logs a number",
	} {
		trace := strings.Replace(steps(`Add {"node":"a"} {"count":1}`), `"constants":{}`, `"constants":`+constants, 1)
		c := verdictCase{constants, spec, countingSteps, cfg, trace, 2, says}
		if says == "" {
			c.code, c.says = 0, "accepted"
		}
		runAll(t, []verdictCase{c})
	}
}

// TestEachTraceHasItsOwnVerdict: a step that TLC cannot evaluate is a matter of
// its trace, and what TLC cannot do is no verdict.
func TestEachTraceHasItsOwnVerdict(t *testing.T) {
	needsTLC(t)
	const cell = "EXTENDS Integers\nVARIABLE v\nvars == v\nInit == v = 0\nSet(x) == v' = x\nRaise(x) == v' = x + 2147483647\nTwice(x) == (v' = x) \\cdot (v' = x)\n"
	const named = `View(node) == [v |-> v]
StepsNext == \/ \E x \in Arg("x", Int) : Step("Set", [node |-> "n", x |-> x], Set(x))
             \/ \E x \in Arg("x", Nat) : Step("Raise", [node |-> "n", x |-> x], Raise(x))
             \/ \E x \in Arg("x", STRING) : Step("Twice", [node |-> "n", x |-> x], Twice(x))
`
	good := steps(`Set {"node":"n","x":5} {"v":5}`)
	for name, c := range map[string]struct {
		line string
		code int
		says string
	}{
		"another kind":         {`Set {"node":"n","x":"5"} {"v":5}`, 1, "1.ndjson:2: rejected at step 1, Set (guard)"},
		"another kind, Nat":    {`Raise {"node":"n","x":[5]} {"v":5}`, 1, "1.ndjson:2: rejected at step 1, Raise (guard)"},
		"another kind, STRING": {`Twice {"node":"n","x":5} {"v":5}`, 1, "1.ndjson:2: rejected at step 1, Twice (guard)"},
		"overflow":             {`Raise {"node":"n","x":1} {"v":5}`, 3, "1.ndjson:2: unknown from step 1, Raise: TLC cannot evaluate it: Overflow"},
		"composition":          {`Twice {"node":"n","x":"a"} {"v":5}`, 3, "1.ndjson:2: unknown from step 1, Twice: TLC cannot evaluate it: "},
		"no ASCII":             {`Twice {"node":"n","x":"é"} {"v":5}`, 2, `1.ndjson:2: args.x: TLC reads printable ASCII only, without the backquote, and cannot read "é"`},
		"no ASCII in a name":   {`Set {"node":"n","x":5} {"v":5,"ß":1}`, 2, "1.ndjson:2: state: the name of a field"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for file, content := range map[string]string{
				"X.tla": "---- MODULE X ----\n" + cell + "====\n", "XSteps.tla": "---- MODULE XSteps ----\nEXTENDS X, Steps\n" + named + "====\n",
				"XSteps.cfg": "", "1.ndjson": steps(c.line), "2.ndjson": good,
			} {
				require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(content), 0o644))
			}
			r := lockstep(t, nil, "replay", "-q", "-steps", dir, filepath.Join(dir, "1.ndjson"), filepath.Join(dir, "2.ndjson"))
			require.Equal(t, c.code, r.code, "%s%s", r.out, r.err)
			require.Contains(t, r.out, c.says)
			require.Contains(t, r.out, "2.ndjson: accepted, 1 steps")
		})
	}
}

// TestTheFurthestBranchIsNamed: of two ways to take a step one breaks the
// invariant; the trace goes on along the other, and is refused there.
func TestTheFurthestBranchIsNamed(t *testing.T) {
	const spec = `EXTENDS Naturals
VARIABLES count, hidden
vars == <<count, hidden>>
Init == count = 0 /\ hidden = 0
Add == count' = count + 1 /\ hidden' \in {0, 1}
Low == hidden = 0
Never == count > 2 => hidden > 1
`
	ok, wrong := `Add {"node":"a"} {"count":1}`, `Add {"node":"a"} {"count":5}`
	runAll(t, []verdictCase{
		{"goes on", spec, countingSteps, "INVARIANT Low\n", steps(ok, wrong), 1, "t.ndjson:3: rejected at step 2, Add (state): count = 5, the spec has 2"},
		{"all break it", spec, countingSteps, "INVARIANT Never\n", steps(ok, `Add {"node":"a"} {"count":2}`, `Add {"node":"a"} {"count":3}`), 1,
			"t.ndjson:4: rejected at step 3, Add (invariant): the state after it breaks Never"},
		{"at once", spec + "Not == count > 0\n", countingSteps, "INVARIANT Not\n", steps(ok), 1, "(error): the spec's initial state breaks Not"},
	})
}

// TestExitCodes: bad usage is 2, and not knowing 3.
func TestExitCodes(t *testing.T) {
	needsTLC(t)
	for _, args := range [][]string{
		{"check", "-memory", "-5"}, {"replay", "-pattern", "buffer", "-memory", "-5", file(t, header+put+`{"end":1}`+"\n")},
		{"tlc", "buffer", "-timeout", "-1s"}, {"tlc", "buffer", "--", "-notaflag"},
	} {
		r := lockstep(t, nil, args...)
		require.Equal(t, 2, r.code, "%v: %s%s", args, r.out, r.err)
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no full device here")
	}
	defer full.Close()
	cmd := exec.CommandContext(t.Context(), program, "list")
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = full, &said
	_ = cmd.Run()
	require.Equal(t, 3, cmd.ProcessState.ExitCode(), said.String())
	require.Contains(t, said.String(), "the output is not whole")
}

// TestATimeLimitNamesItsFlag: the message of a run that took too long says how long
// it was given, and by which flag.
func TestATimeLimitNamesItsFlag(t *testing.T) {
	needsTLC(t)
	trace := file(t, header+put+`{"end":1}`+"\n")
	for _, args := range [][]string{{"tlc", "-timeout", "1ms", "buffer"}, {"replay", "-timeout", "1ms", "-pattern", "buffer", trace}} {
		r := lockstep(t, []string{"LOCKSTEP_STORE=off"}, args...)
		require.Equal(t, 3, r.code, r.out+r.err)
		require.Contains(t, r.out+r.err, "ended at its time limit of 1ms; -timeout sets this limit")
	}
}

// TestAStringIsNoMemberOfSeq, though TLC takes it for one of one-letter strings,
// wherever the set of an argument has sequences.
func TestAStringIsNoMemberOfSeq(t *testing.T) {
	const text = "EXTENDS Naturals, Sequences\nVARIABLE v\nvars == <<v>>\nInit == v = 0\nSay == v' = v + 1\nPath == Seq({\"t\", \"m\"})\n"
	var cases []verdictCase
	for name, c := range map[string]struct{ set, good, lie string }{
		"plain":         {`Seq({"t", "m"})`, `["t","m"]`, `"tm"`},
		"a definition":  {`Path`, `["t","m"]`, `"tm"`},
		"a part":        {`{p \in Path : Len(p) < 9}`, `["t","m"]`, `"tm"`},
		"a field":       {`[to : Nat, path : Path]`, `{"to":1,"path":["m"]}`, `{"to":1,"path":"m"}`},
		"two kinds":     {`[k : {"a"}, p : Path] \cup [k : {"b"}, q : STRING]`, `{"k":"b","q":"tm"}`, `{"k":"a","p":"tm"}`},
		"in a sequence": {`Seq(Path)`, `[["t"],["m"]]`, `[["t"],"m"]`},
	} {
		module := "View(node) == [v |-> v]\nStepsNext == \\E x \\in Arg(\"x\", " + c.set + ") : Step(\"Say\", [node |-> \"n\", x |-> x], Say)\n"
		say := func(x string, v string) string { return `Say {"node":"n","x":` + x + `} {"v":` + v + `}` }
		cases = append(cases,
			verdictCase{"right, " + name, text, module, "", steps(say(c.good, "1"), say(c.good, "2")), 0, "accepted, 2 steps"},
			verdictCase{"lie, " + name, text, module, "", steps(say(c.good, "1"), say(c.lie, "2")), 1, "rejected at step 2, Say (guard)"},
			verdictCase{"lie at once, " + name, text, module, "", steps(say(c.lie, "1")), 1, "and the spec has a sequence there"})
	}
	cases = append(cases, verdictCase{"a string may be one of both", text, "View(node) == [v |-> v]\nStepsNext == \\E x \\in Arg(\"x\", STRING \\cup Path) : Step(\"Say\", [node |-> \"n\", x |-> x], Say)\n", "",
		steps(`Say {"node":"n","x":"tm"} {"v":1}`), 0, "accepted"})
	runAll(t, cases)
}
