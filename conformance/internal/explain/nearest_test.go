package explain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/trace"
)

// pings is a trace of the spec Ping: a sends twice, and b receives a message.
func pings(received fields) *trace.Trace {
	step := func(name string, line int, args, state fields) trace.Event {
		return trace.Event{Step: name, Line: line, Args: args, State: state}
	}
	return &trace.Trace{Name: "ping", Header: trace.Header{Spec: "Ping"}, Events: []trace.Event{
		step("Send", 2, fields{"node": "b", "to": "a"}, fields{"sent": 1, "got": 0}),
		step("Send", 3, fields{"node": "a", "to": "b"}, fields{"sent": 1, "got": 0}),
		step("Receive", 4, fields{"node": "b", "message": received}, fields{"sent": 1, "got": 1}),
	}}
}

// TestExplainShowsTheNearestMessage, the field that differs, and the step that sent
// it, which only TLC knows here.
func TestExplainShowsTheNearestMessage(t *testing.T) {
	x := deepened(t, checktest.PingSpec(t), pings(fields{"type": "Ping", "from": "a", "to": "b", "number": 2}))
	require.Contains(t, x.Summary, "; the nearest in net differs: number = 2, the spec has 1", "%s", x)
	require.Len(t, x.Nearest, 1)
	require.Equal(t, fields{"type": "Ping", "from": "a", "to": "b", "number": 1}, x.Nearest[0].Member)
	require.Equal(t, 2, x.Nearest[0].Step)
	require.Contains(t, x.String(), "      number = 2, the spec has 1\n      which came with step 2 (line 3), Send(node = \"a\", to = \"b\")\n")
}

// TestExplainShowsTheNearestMember where the action asks for it, and a step has it
// among its arguments.
func TestExplainShowsTheNearestMember(t *testing.T) {
	s := checktest.SpecOf(t, `EXTENDS Naturals
VARIABLE box
vars == <<box>>
Init == box = {}
Put(m) == box' = box \cup {m}
Take(m) == m \in box /\ box' = box \ {m}
`, `View(node) == <<>>
Thing == [k : {"x", "y"}, n : 1 .. 9]
StepsNext == \E m \in Arg("m", Thing) : Step("Put", [node |-> "a", m |-> m], Put(m)) \/ Step("Take", [node |-> "a", m |-> m], Take(m))
`, "")
	event := func(name, k string, n, line int) trace.Event {
		e := checktest.Event(name, fields{"m": fields{"k": k, "n": n}}, fields{})
		e.Line = line
		return e
	}
	x := explained(t, s, checktest.Trace(event("Put", "x", 3, 2), event("Put", "y", 4, 3), event("Put", "x", 4, 4), event("Take", "y", 5, 5)))
	require.Contains(t, x.Summary, "; the nearest in box differs: n = 5, the spec has 4", "%s", x)
	require.Equal(t, 2, x.Nearest[0].Step)
	x = explained(t, s, checktest.Trace(event("Take", "y", 5, 2)))
	require.Empty(t, x.Nearest, "there is none in an empty set")
}
