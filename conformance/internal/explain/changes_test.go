package explain

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

// TestAChangeIsShownByItsParts has messages in a set, a function of functions, and values
// that are shown as a whole: sets of other values, and what was empty before.
func TestAChangeIsShownByItsParts(t *testing.T) {
	type record = map[string]tlc.Value
	vote, ack := record{"type": "vote", "p": "p1"}, record{"type": "ack", "p": "p1"}
	b := &report.Behaviour{}
	changes(b, []tlc.State{
		{Number: 1, Vars: record{"msgs": tlc.Set{}, "up": tlc.Set{"p1"}, "n": 1, "done": []tlc.Value{},
			"at": record{"p1": record{"t1": "none", "t2": "none"}, "p2": record{"t1": "none", "t2": "none"}}}},
		{Number: 2, Action: "Vote", Vars: record{"msgs": tlc.Set{vote}, "up": tlc.Set{"p1", "p2"}, "n": 1, "done": record{"t1": 1},
			"at": record{"p1": record{"t1": "prepared", "t2": "none"}, "p2": record{"t1": "none", "t2": "none"}}}},
		{Number: 3, Action: "Ack", Vars: record{"msgs": tlc.Set{ack}, "up": tlc.Set{"p1", "p2"}, "n": 2, "done": record{"t1": 1, "t2": 1},
			"at": record{"p1": record{"t1": "prepared", "t2": "none"}, "p2": record{"t1": "none", "t2": "none"}}}},
	})
	b.Why = &report.Explanation{Summary: "n < 2 is FALSE"}
	require.Equal(t, ` 0 in the beginning
     at = [p1 |-> [t1 |-> "none", t2 |-> "none"], p2 |-> [t1 |-> "none", t2 |-> "none"]]
     done = <<>>
     msgs = {}
     n = 1
     up = {"p1"}
 1 Vote
     at.p1.t1 = "prepared"
     done = [t1 |-> 1]
     added to msgs: [p |-> "p1", type |-> "vote"]
     up = {"p1", "p2"}
 2 Ack
     done = [t1 |-> 1, t2 |-> 1]
     added to msgs: [p |-> "p1", type |-> "ack"]
     removed from msgs: [p |-> "p1", type |-> "vote"]
     n = 2
n < 2 is FALSE
`, b.String())
}
