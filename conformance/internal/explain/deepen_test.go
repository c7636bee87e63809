package explain_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/internal/explain"
	"github.com/lockstep-tla/lockstep/conformance/internal/replay"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/trace"
)

// deskTrace records the steps that are named, such as "Open a", of code that
// refuses nothing.
func deskTrace(steps ...string) *trace.Trace {
	t := &trace.Trace{Name: "desks.ndjson", Header: trace.Header{Spec: "X"}}
	state := map[string]map[string]trace.Value{}
	for i, s := range steps {
		name, node, _ := strings.Cut(s, " ")
		if state[node] == nil {
			state[node] = map[string]trace.Value{"open": false, "count": 0, "busy": false}
		}
		now := map[string]trace.Value{}
		for k, v := range state[node] {
			now[k] = v
		}
		switch name {
		case "Open":
			now["open"] = true
		case "Serve":
			now["count"] = now["count"].(int) + 1
		default:
			now["busy"] = name == "Begin"
		}
		state[node] = now
		t.Events = append(t.Events, trace.Event{Step: name, Args: map[string]trace.Value{"node": node}, State: now, Line: i + 2})
	}
	return t
}

// fields are those of a record.
type fields = map[string]trace.Value

// deepened is the explanation of a refused trace with all that takes time.
func deepened(t *testing.T, s *spec.Spec, refused *trace.Trace) *report.Explanation {
	t.Helper()
	c := checktest.Runner(t)
	verdicts, err := replay.Replay(t.Context(), c, s, []*trace.Trace{refused})
	require.NoError(t, err)
	x, err := explain.Explain(t.Context(), c, s, refused, verdicts[0])
	require.NoError(t, err)
	require.NoError(t, explain.Deepen(t.Context(), c, s, refused, verdicts[0], x, 5*time.Minute))
	if x.Shortest != nil { // what it claims must be so
		verdicts, err := replay.Replay(t.Context(), c, s, []*trace.Trace{x.Shortest})
		require.NoError(t, err)
		require.Equal(t, len(x.Shortest.Events), verdicts[0].Step)
		require.Equal(t, x.Reason, verdicts[0].Reason)
	}
	return x
}

func stepsOf(t *trace.Trace) string {
	if t == nil {
		return ""
	}
	var all []string
	for _, e := range t.Events {
		all = append(all, e.Step+" "+e.Args["node"].(string))
	}
	return strings.Join(all, ", ")
}

// TestShortest: other nodes go, and steps that come to nothing; but what makes
// it this reason stays. Without its Open, Serve is refused for another one.
func TestShortest(t *testing.T) {
	s := checktest.SpecOf(t, checktest.Desks, checktest.DeskSteps, "")
	for _, c := range []struct {
		name  string
		trace *trace.Trace
		want  string
		lines []int
	}{
		{"other nodes", deskTrace("Open a", "Open b", "Serve a", "Open c", "Serve b", "Serve c", "Begin a", "Serve b", "Serve a", "End a", "Serve b", "Serve c"),
			"Open b, Serve b, Serve b, Serve b", []int{3, 6, 9, 12}},
		{"pairs that come to nothing", deskTrace("Begin a", "End a", "Open b", "Begin b", "Serve b", "End b", "Begin c", "Begin a"),
			"Begin c, Begin a", []int{8, 9}},
		{"nothing to leave out", deskTrace("Open a", "Serve a", "Serve a", "Serve a"), "", nil},
		{"alone", deskTrace("End a"), "", nil},
	} {
		x := deepened(t, s, c.trace)
		require.Equal(t, c.want, stepsOf(x.Shortest), "%s: %s", c.name, x)
		require.Equal(t, c.lines, x.Lines, c.name)
	}
	x := deepened(t, s, deskTrace("Open a", "Open b", "Serve b", "Serve b", "Serve b"))
	require.Contains(t, x.String(), "Refused for the same reason, with 4 of the 5 lines\n  line 3    Open(node = \"b\")\n")
	require.Contains(t, x.String(), "open[\"b\"]  = TRUE\n  count[\"b\"] = 2\n  open       = [", "the acting node comes first")
}

// TestShortestOfAnotherView goes by the fields that differ.
func TestShortestOfAnotherView(t *testing.T) {
	s := checktest.SpecOf(t, checktest.Desks, checktest.DeskSteps, "")
	bad := deskTrace("Open a", "Open b", "Serve a", "Serve b", "Begin b")
	bad.Events[4].State["count"] = 7
	x := deepened(t, s, bad)
	require.Equal(t, report.State, x.Reason)
	require.Equal(t, "Open b, Begin b", stepsOf(x.Shortest), "without Open another field would differ too: %s", x)
}

// TestShortestOfABrokenInvariant goes by the part of it that does not hold.
func TestShortestOfABrokenInvariant(t *testing.T) {
	s := checktest.SpecOf(t, checktest.Desks+"Few == count[\"a\"] < 2 /\\ count[\"c\"] < 1\n", checktest.DeskSteps, "INVARIANT Few\n")
	x := deepened(t, s, deskTrace("Open a", "Open b", "Serve b", "Serve a", "Open c", "Serve b", "Serve a"))
	require.Equal(t, report.Invariant, x.Reason)
	require.Equal(t, "Open a, Serve a, Serve a", stepsOf(x.Shortest), "%s", x)
}

// TestNoTimeToShrink: what was found by then is shown, and it is said.
func TestNoTimeToShrink(t *testing.T) {
	c, s := checktest.Runner(t), checktest.BufferSpec(t)
	bad := checktest.BufferTrace("bad", checktest.BufferStep("Put", "x", 1, "x"), checktest.BufferStep("Get", "x", 0, "none"), checktest.BufferStep("Get", "x", 0, "none"))
	verdicts, err := replay.Replay(t.Context(), c, s, []*trace.Trace{bad})
	require.NoError(t, err)
	x, err := explain.Explain(t.Context(), c, s, bad, verdicts[0])
	require.NoError(t, err)
	require.NoError(t, explain.Deepen(t.Context(), c, s, bad, verdicts[0], x, time.Millisecond))
	require.Contains(t, x.String(), "the search for hints and for a shorter trace was ended after 1ms")
}

// hinted is the explanation of a refused trace with its hints.
func hinted(t *testing.T, s *spec.Spec, refused *trace.Trace) *report.Explanation {
	t.Helper()
	c := checktest.Runner(t)
	verdicts, err := replay.Replay(t.Context(), c, s, []*trace.Trace{refused})
	require.NoError(t, err)
	x, err := explain.Explain(t.Context(), c, s, refused, verdicts[0])
	require.NoError(t, err)
	require.NoError(t, explain.FindHints(t.Context(), c, s, refused, verdicts[0], x))
	return x
}

// TestHints has traces that one simple repair makes right, and one that none
// does.
func TestHints(t *testing.T) {
	put, get, second := checktest.BufferStep("Put", "x", 1, "x"), checktest.BufferStep("Get", "x", 0, "none"), checktest.BufferStep("Put", "y", 2, "y")
	b, d := checktest.BufferSpec(t), checktest.SpecOf(t, checktest.Desks, checktest.DeskSteps, "")
	for _, c := range []struct {
		name  string
		spec  *spec.Spec
		trace *trace.Trace
		hint  string
	}{
		{"a field", b, checktest.BufferTrace("t", checktest.BufferStep("Put", "x", 7, "x"), second, checktest.BufferStep("Get", "x", 1, "y")), "with length = 1, and the whole trace is accepted"},
		{"an argument", b, checktest.BufferTrace("t", put, checktest.BufferStep("Get", "y", 0, "none"), put), `with item = "x", and the whole trace is accepted`},
		{"doubled", b, checktest.BufferTrace("t", put, get, get, put), "without the refused line, and the whole trace is accepted"},
		{"missing", b, checktest.BufferTrace("t", get, put), `with Put(item = "x", node = "buffer") before it (which goes by HasRoom), and the whole trace is accepted`},
		{"too early", d, deskTrace("Begin a", "Begin b", "End a", "End b"), "behind the line behind it, End, and the whole trace is accepted"},
		{"too late", d, deskTrace("Begin a", "Begin b", "End b", "End a", "Open c", "Begin a"), ""},
		{"the step is missing", b, checktest.BufferTrace("t", put, second, checktest.BufferStep("Put", "x", 3, "x")),
			`with Get(item = "x", node = "buffer") before it, and the step is allowed, though not with the logged view`},
	} {
		x := hinted(t, c.spec, c.trace)
		if c.hint == "" {
			for _, h := range x.Hints {
				require.False(t, h.Passes, "%s: %s", c.name, x)
			}
			continue
		}
		require.Contains(t, x.String(), "Hints, which are guesses: the refused line\n", c.name)
		require.Contains(t, x.String(), "\n  "+c.hint+"\n", c.name)
	}
	// At the end of a trace, to leave the line out repairs nothing.
	x := hinted(t, b, checktest.BufferTrace("t", checktest.BufferStep("Put", "x", 7, "y")))
	require.Empty(t, x.Hints, "%s", x)
}

// TestActionWithoutStep: a stranger's spec has an action that its Steps module
// forgets.
func TestActionWithoutStep(t *testing.T) {
	next := "\\/ (\\E d \\in Desk : Open(d) \\/ Serve(d) \\/ Begin(d) \\/ End(d)) \\/ CloseAll \\/ (\\E d \\in Desk : Burn(d))\n"
	forgets := strings.Replace(checktest.Desks, "\\E d \\in Desk : Open(d) \\/ Serve(d) \\/ Begin(d) \\/ End(d)\n", next, 1)
	forgets = strings.Replace(forgets, "Next ==", "CloseAll == open[\"a\"] /\\ open' = [d \\in Desk |-> FALSE] /\\ UNCHANGED <<count, busy>>\n"+
		"Burn(d) == count[d] > 7 /\\ open' = [open EXCEPT ![d] = FALSE] /\\ UNCHANGED <<count, busy>>\nNext ==", 1)
	s := checktest.SpecOf(t, forgets, checktest.DeskSteps, "")
	x := explained(t, s, deskTrace("Open a", "Open a"))
	require.Equal(t, []string{"CloseAll"}, x.Unnamed, "%s", x)
	require.Contains(t, x.String(), "The spec allows here\n  CloseAll, for which there is no Step\n")
	require.Contains(t, x.String(), "XSteps.tla names no Step for CloseAll, Burn, so no trace can take it")

	x = explained(t, s, deskTrace("Open a", "CloseAll a"))
	require.Equal(t, report.Malformed, x.Reason)
	require.Contains(t, x.String(), `unknown step "CloseAll"; XSteps.tla names Begin, End, Open, Serve. X.tla defines CloseAll, but XSteps.tla has no Step of this name: the action has no counterpart there`)
}

// TestHintNamesWhatIsMissing has code that does not open its desk. The hint says
// by which rules the step goes that it should have taken.
func TestHintNamesWhatIsMissing(t *testing.T) {
	s := checktest.SpecOf(t, checktest.Desks, checktest.DeskSteps, "")
	x := deepened(t, s, deskTrace("Begin b", "Serve a"))
	require.Contains(t, x.String(), "with Open(node = \"a\") before it")
	require.Empty(t, x.Names("MayBegin"))

	files := checktest.SpecFiles(strings.Replace(checktest.Desks, "Open(d) == ~open[d]", "MayOpen(d) == ~open[d]\nOpen(d) == MayOpen(d)", 1), checktest.DeskSteps, "")
	files["broken/MayOpen.cfg"] = &fstest.MapFile{}
	s, err := spec.Load(files)
	require.NoError(t, err)
	x = deepened(t, s, deskTrace("Begin b", "Serve a"))
	require.Contains(t, x.String(), "with Open(node = \"a\") before it (which goes by MayOpen), and the step is allowed")
	require.Equal(t, "hint", x.Names("MayOpen"))

	opened := deskTrace("Begin b", "Open a", "Serve a")
	opened.Events = append(opened.Events[:1], opened.Events[2])
	x = deepened(t, s, opened)
	require.Contains(t, x.String(), "with Open(node = \"a\") before it (which goes by MayOpen), and the whole trace is accepted")
	require.Equal(t, "hint", x.Names("MayOpen"))
}

// TestArguments: a step that the spec knows with other arguments only says by
// which expression, and leaves out what other steps choose from.
func TestArguments(t *testing.T) {
	s := checktest.SpecOf(t, `EXTENDS Naturals
VARIABLES load, asked
vars == <<load, asked>>
Init == load = 0 /\ asked = 0
Room == 3 - load
Due(n) == n + load
Price(n) == 2 * Due(n)
Ask == asked' = asked + 1 /\ UNCHANGED load
Take(n) == load' = load + n /\ UNCHANGED asked
Next == Ask \/ \E n \in 1..3 : Take(n)
`, `View(node) == [load |-> load, asked |-> asked]
Some == Arg("count", 1 .. Room)
StepsNext ==
  \/ \E n \in Arg("count", {7}) : Step("Ask", [node |-> "a", count |-> n], Ask)
  \/ \E n \in Some :
     \E p \in Arg("by", {"cash", "card"}) :
       Step("Take", [node |-> "a", count |-> n, by |-> p, price |-> Price(n)], Take(n))
  \/ \E p \in Arg("by", {"nobody"}) : Step("Ask", [node |-> "a", by |-> p], Ask)
`, "")
	take := func(count, price, load, asked int, by string) trace.Event {
		return checktest.Event("Take", fields{"count": count, "price": price, "by": by}, fields{"load": load, "asked": asked})
	}
	for _, c := range []struct {
		last    trace.Event
		summary string
		named   string
	}{
		{take(5, 16, 8, 0, "cash"), "Take: the argument count = 5 is none that the spec allows here: 1 .. Room is 1..1 (XSteps.tla:4)", "Room"},
		{take(1, 5, 3, 0, "cash"), "Take: the argument price = 5 is another one in the spec: Price(n) is 6 (XSteps.tla:9)", "Price"},
		{take(1, 6, 3, 0, "credit"), `Take: the argument by = "credit" is none that the spec allows here: {"cash", "card"} (XSteps.tla:8)`, ""},
		{take(1, 6, 3, 1, "cash"), "the spec allows the step, but not with this view: asked = 1, the spec has 0", "Take"},
	} {
		refused := &trace.Trace{Name: "x", Header: trace.Header{Spec: "X"}, Events: []trace.Event{take(2, 4, 2, 0, "card"), c.last}}
		x := explained(t, s, refused)
		require.Equal(t, c.summary, x.Summary)
		if c.named == "Take" {
			require.Contains(t, x.String(), "UNCHANGED asked  (Take, X.tla:10)")
			require.Contains(t, x.String(), "asked      as in the beginning")
		} else if c.named != "" {
			require.Equal(t, "reason", x.Names(c.named))
			require.Empty(t, x.Names("Due"), "it is not what the step says itself")
		}
	}
}

// TestGroupsOfActions: an action of Next that only groups others, under
// quantifiers and conditions, has no Step of its own and needs none. A group in
// which one is missing is named.
func TestGroupsOfActions(t *testing.T) {
	for next, missing := range map[string]string{
		"Days(d) == \\E e \\in {d} : Open(e) \\/ (MayServe(e) /\\ Serve(e))\nNights(d) == Begin(d) \\/ End(d)\nNext == \\E d \\in Desk : Days(d) \\/ Nights(d)\n":         "",
		"Close(d) == open' = [open EXCEPT ![d] = FALSE] /\\ UNCHANGED <<count, busy>>\nDays(d) == Open(d) \\/ Close(d)\nNext == \\E d \\in Desk : Days(d) \\/ Serve(d)\n": "names no Step for Days",
	} {
		spec, _, _ := strings.Cut(checktest.Desks, "Next ==")
		x := explained(t, checktest.SpecOf(t, spec+next, checktest.DeskSteps, ""), deskTrace("End a"))
		if missing == "" {
			require.NotContains(t, x.String(), "names no Step")
		} else {
			require.Contains(t, x.String(), missing)
		}
	}
}

// TestKept: a value that rests on a step which leaves it as it is. The code puts
// a price on what is bought already, and the spec does not.
func TestKept(t *testing.T) {
	s := checktest.SpecOf(t, `EXTENDS Naturals
VARIABLES price, bought
vars == <<price, bought>>
Init == price = 1 /\ bought = {}
Agreed(new) == bought
Buy == bought' = bought \cup {price} /\ UNCHANGED price
Raise(new) == price' = new /\ bought' = Agreed(new)
Look == UNCHANGED vars
Pay(p) == bought' = bought \ {p} /\ UNCHANGED price
Next == Buy \/ Look \/ \E p \in 1..3 : Raise(p) \/ Pay(p)
`, `View(node) == [price |-> price]
StepsNext ==
  \/ Step("Buy", [node |-> "a"], Buy)
  \/ Step("Look", [node |-> "a"], Look)
  \/ \E p \in Arg("price", 1..3) : Step("Raise", [node |-> "a", price |-> p], Raise(p))
  \/ \E p \in Arg("price", bought) : Step("Pay", [node |-> "a", price |-> p], Pay(p))
`, "")
	one := func(step string, args fields, price int) trace.Event {
		return checktest.Event(step, args, fields{"price": price})
	}
	raise := one("Raise", fields{"price": 2}, 2)
	pay := one("Pay", fields{"price": 2}, 2)
	x := explained(t, s, checktest.Trace(one("Buy", nil, 1), raise, one("Look", nil, 2), pay))
	require.Contains(t, x.Summary, "the argument price = 2 is none that the spec allows here: bought is {1}")
	require.Contains(t, x.String(), "  bought     since step 1 (line 2), Buy(node = \"a\")\n")
	require.Contains(t, x.String(), "             and the same after step 2 (line 2), Raise(node = \"a\", price = 2)\n"+
		"             bought' = Agreed(new)  (Raise, X.tla:8)\n                 by Agreed\n")
	require.Equal(t, "origin", x.Names("Agreed"))

	x = explained(t, s, checktest.Trace(raise, pay))
	require.Contains(t, x.String(), "  bought     as in the beginning\n             and the same after step 1 (line 2), Raise(")
	x = explained(t, s, checktest.Trace(raise, one("Buy", nil, 2), one("Look", nil, 2), one("Pay", fields{"price": 1}, 2)))
	require.NotContains(t, x.String(), "and the same after")
	require.Empty(t, x.Names("Agreed"), "who raised the price before has nothing to do with it")
}
