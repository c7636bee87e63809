package command_test

import (
	"fmt"
	"os"
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
	cases = append(cases, verdictCase{"the place", worker, workerSteps + "StepsNext ==\n  \\/ Named\n  \\/ Internal\n", "", lie, 2, "XSteps.tla:9:6: Internal is not under a Step"})
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
