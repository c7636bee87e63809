package gossipdissemination

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

func TestMain(m *testing.M) {
	conformance.Reexec(&Pattern)
	os.Exit(m.Run())
}

// TestRecord records all scenarios. What is seeded must give the same trace each
// time; over UDP the order of things is the machine's.
func TestRecord(t *testing.T) { conformance.Records(t, &Pattern, "story", "faults", "fifty") }

// TestSentBy: what the excuses find in a trace to have been sent is what arrives
// and what is lost, and there are as many messages as the world says.
func TestSentBy(t *testing.T) {
	p := Pattern
	p.Scenarios = slices.DeleteFunc(slices.Clone(p.Scenarios), func(s conformance.Scenario) bool {
		return s.Name != "story" && s.Name != "faults"
	})
	paths, err := p.Record(t.Context(), t.TempDir(), false)
	require.NoError(t, err)
	got, counted := 0, 0
	for _, path := range paths {
		one, err := trace.ReadFile(path)
		require.NoError(t, err)
		var sent []trace.Value
		for i, e := range one.Events {
			at := fmt.Sprintf("%s, step %d", path, i+1)
			if m := e.Args["message"]; m != nil {
				got++
				require.True(t, underWay(one.Events[:i], m), at)
				require.True(t, slices.ContainsFunc(sent, func(s trace.Value) bool { return alike(s, m) }), at)
			}
			if m := sentBy(e); m != nil && !slices.ContainsFunc(sent, func(s trace.Value) bool { return alike(s, m) }) {
				sent = append(sent, m)
			}
			if e.Step == "Lose" {
				counted++
				sent = slices.DeleteFunc(sent, func(s trace.Value) bool { return alike(s, e.Args["message"]) })
				require.False(t, underWay(one.Events[:i+1], e.Args["message"]), at)
				require.Equal(t, e.State["messages"], len(sent), at)
			}
		}
	}
	require.NotZero(t, got)
	require.NotZero(t, counted)
}

// TestExcuses holds what the excuses ask against steps of which one sees the answer.
func TestExcuses(t *testing.T) {
	type fields = map[string]trace.Value
	entry := func(ver int) fields {
		return fields{"gen": 1, "ver": ver, "inc": 0, "status": "alive", "vals": fields{}}
	}
	step := func(name, node string, ver int, args fields) trace.Event {
		e := trace.Event{Step: name, Args: fields{"node": node}, State: fields{"generation": 1, "known": fields{node: entry(ver)}}}
		for k, v := range args {
			e.Args[k] = v
		}
		return e
	}
	digest := func(ver int) trace.Event {
		return step("Digest", "a", ver, fields{"to": "b", "about": fields{"a": true}})
	}
	message := sentBy(digest(1))
	answer := step("Answer", "b", 0, fields{"message": message, "cut": fields{"b": 0}})
	lose := trace.Event{Step: "Lose", Args: fields{"node": "world", "message": message}, State: fields{"messages": 0}}
	other := trace.Event{Step: "Lose", Args: fields{"node": "world", "message": sentBy(digest(7))}, State: fields{"messages": 1}}
	start, crash := step("Start", "a", 1, nil), step("Crash", "a", 0, nil)
	begins, agree := step("Start", "b", 0, nil), trace.Event{Step: "Agree", Args: fields{"node": "observer"}, State: fields{}}
	merge := func(ver, heard int) trace.Event {
		e := step("Merge", "a", 1, fields{"cut": fields{}, "message": fields{"entries": fields{"b": entry(heard)}}})
		e.State["known"].(fields)["b"] = entry(ver)
		return e
	}
	update := step("Update", "a", 2, nil)
	for _, c := range []struct {
		name  string
		asks  func([]trace.Event, int) bool
		at    int
		steps []trace.Event
		want  bool
	}{
		{"nobody gets it", needless, 0, []trace.Event{digest(1), crash}, true},
		{"it is answered", needless, 0, []trace.Event{digest(1), crash, answer}, false},
		{"it is lost", needless, 0, []trace.Event{digest(1), lose}, false},
		{"messages are counted", needless, 0, []trace.Event{digest(1), other}, false},
		{"it is sent again before", needless, 0, []trace.Event{digest(1), digest(1), answer}, true},
		{"it was sent before", needless, 1, []trace.Event{digest(1), digest(1), answer}, true},
		{"it was lost before", needless, 2, []trace.Event{digest(1), lose, digest(1), answer}, false},
		{"it is another one", needless, 0, []trace.Event{digest(2), answer}, true},

		{"nobody reads it", unread, 0, []trace.Event{digest(1), crash}, true},
		{"somebody reads it", unread, 0, []trace.Event{digest(1), answer}, false},
		{"there is one, whichever it is", unread, 0, []trace.Event{digest(1), other}, true},
		{"there would be one more", unread, 1, []trace.Event{digest(1), digest(1), other}, false},
		{"there would be one more later", unread, 0, []trace.Event{digest(1), digest(1), other}, false},
		{"it sends nothing", unread, 0, []trace.Event{update, crash}, false},

		{"two nodes", unordered, 0, []trace.Event{start, begins}, true},
		{"one node", unordered, 1, []trace.Event{start, update, digest(2)}, false},
		{"one node that changes nothing", unordered, 1, []trace.Event{start, digest(1), digest(1)}, true},
		{"a message and its receiver", unordered, 0, []trace.Event{digest(1), answer}, false},
		{"a message that was under way", unordered, 1, []trace.Event{digest(1), digest(1), answer}, true},
		{"a message and who counts", unordered, 0, []trace.Event{digest(1), other}, false},
		{"who counts and a message", unordered, 0, []trace.Event{other, digest(1)}, false},
		{"lost and sent again, and got", unordered, 1, []trace.Event{digest(1), lose, digest(1), answer}, false},
		{"lost and sent again, for nobody", unordered, 1, []trace.Event{digest(1), lose, digest(1), crash}, true},
		{"sent and lost", unordered, 0, []trace.Event{digest(1), lose}, false},
		{"a claim and what changes nothing", unordered, 1, []trace.Event{start, agree, digest(1)}, true},
		{"a change and a claim", unordered, 1, []trace.Event{start, update, agree}, false},

		{"told again", comesAgain, 1, []trace.Event{start, merge(1, 1), merge(2, 2)}, true},
		{"told of another", comesAgain, 1, []trace.Event{start, update, merge(1, 1)}, false},
		{"looked at before", comesAgain, 1, []trace.Event{start, merge(1, 1), digest(1), merge(2, 2)}, false},
		{"claimed before", comesAgain, 1, []trace.Event{start, merge(1, 1), agree, merge(2, 2)}, false},
	} {
		require.Equal(t, c.want, c.asks(c.steps, c.at), c.name)
	}
}
