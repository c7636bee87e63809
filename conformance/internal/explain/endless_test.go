package explain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/internal/explain"
	"github.com/lockstep-tla/lockstep/conformance/internal/replay"
	"github.com/lockstep-tla/lockstep/trace"
)

// The sets of these messages have no text in TLC, and the argument m is of another kind
// in each of the steps. The second disjunct is not in the column of the first.
const (
	endless = `EXTENDS Naturals, Sequences
VARIABLES sent, n
vars == <<sent, n>>
Message == [type : {"put"}, value : Nat]
Init == sent = {} /\ n = 0
Put(m) == sent' = sent \cup {m} /\ n' = n + 1
Get(k) == k <= n /\ n' = n + 1 /\ UNCHANGED sent
`
	endlessSteps = `View(node) == [n |-> n]
Gets == \E m \in Arg("m", 0 .. 5) : Step("Get", [node |-> "a", m |-> m], Get(m))
Both == \E k \in Arg("k", Message \cup {[type |-> "none"]}) : Step("Both", [node |-> "a", k |-> k], Put(k))
StepsNext == \/ \E m \in Arg("m", Message) : Step("Put", [node |-> "a", m |-> m], Put(m))
 \/ Gets \/ Both
 \/ \E m \in Arg("m", [type : {"say"}, text : STRING] \ {[type |-> "say", text |-> ""]}) :
      Step("Say", [node |-> "a", m |-> m], Put(m))
`
)

func TestArgumentsOfEndlessSets(t *testing.T) {
	s := checktest.SpecOf(t, endless, endlessSteps, "")
	step := func(step, name string, v trace.Value, n int) trace.Event {
		return checktest.Event(step, fields{name: v}, fields{"n": n})
	}
	put := step("Put", "m", fields{"type": "put", "value": 3}, 1)
	cases := []struct {
		events []trace.Event
		says   string
		more   []string
	}{
		{[]trace.Event{put, step("Get", "m", 1, 2), step("Say", "m", fields{"type": "say", "text": "x"}, 3)}, "accepted", nil},
		{[]trace.Event{put, step("Both", "k", fields{"type": "none"}, 2)}, "accepted", nil},
		{[]trace.Event{put, step("Get", "m", 2, 2)}, "rejected at step 2, Get (guard)", []string{
			"Get: k <= n is FALSE: k = 2, n = 1", `Get(m = 1, node = "a")`,
			"steps with the argument m are not listed where its set is endless",
		}},
		{[]trace.Event{put, step("Get", "m", 6, 2)}, "rejected at step 2, Get (guard)", []string{
			"m = 6 is none that the spec allows here: 0 .. 5",
		}},
		{[]trace.Event{step("Put", "m", fields{"type": "put", "value": -3}, 1)}, "rejected at step 1, Put (guard)", []string{
			"is none that the spec allows here: Message (XSteps.tla:6)",
		}},
		{[]trace.Event{step("Put", "m", 3, 1)}, "rejected at step 1, Put (guard)", []string{
			"m = 3 is none that the spec allows here: Message (XSteps.tla:6)",
		}},
		{[]trace.Event{step("Say", "m", fields{"type": "say", "text": 3}, 1)}, "rejected at step 1, Say (error)", []string{
			"3 is an element of STRING",
		}},
	}
	var traces []*trace.Trace
	for _, c := range cases {
		traces = append(traces, checktest.Trace(c.events...))
	}
	verdicts, err := replay.Replay(t.Context(), checktest.Runner(t), s, traces)
	require.NoError(t, err)
	explanations, err := explain.ExplainAll(t.Context(), checktest.Runner(t), s, traces, verdicts)
	require.NoError(t, err)
	for i, c := range cases {
		require.Contains(t, verdicts[i].String(), c.says)
		for _, more := range c.more {
			require.Contains(t, explanations[i].String(), more)
		}
	}
}
