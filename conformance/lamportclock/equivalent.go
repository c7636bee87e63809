package lamportclock

import (
	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

// equivalents are the mutants of traces that tell what can have happened too.
var equivalents = []conformance.Equivalent{{
	Mutant: "swap *",
	Reason: "what two nodes do has no order, where no message joins them: just this is why there are clocks",
	Where:  conformance.DifferentNodes,
}, {
	Mutant: "double Hear",
	Reason: "the network repeats, and to hear a thing twice is to hear it once",
}, {
	Mutant: "double Read",
	Reason: "the network repeats, and a read that came twice is owed one answer",
}, {
	Mutant: "drop Hear *",
	Reason: "who hears what it knows, or will know with the next message, need not have heard it",
	InTrace: func(steps []trace.Event, at int) bool {
		return conformance.Stutters(steps, at) || conformance.NextOfNode(steps, at).Step == "Hear"
	},
}, {
	Mutant:  "drop Read *",
	Reason:  "a read that came once more changes nothing",
	InTrace: conformance.Stutters,
}, {
	Mutant:  "drop * before *",
	Reason:  "what a server did last before it died may as well not have happened, where it is not on the disk",
	InTrace: func(steps []trace.Event, at int) bool { return conformance.NextOfNode(steps, at).Step == "Crash" },
}, {
	Mutant:  "drop Sync before *",
	Reason:  "the next Sync of this server covers what this one did, if nothing was answered in between",
	InTrace: func(steps []trace.Event, at int) bool { return conformance.NextOfNode(steps, at).Step == "Sync" },
}, {
	Mutant:  "drop * before *",
	Reason:  "a node's last step, of which no other node hears, may not have been taken",
	InTrace: func(steps []trace.Event, at int) bool { return conformance.NextOfNode(steps, at).Step == "" },
}, {
	Mutant:  "falsify Request*.args.*",
	Reason:  "a request that is lost may have been any",
	InTrace: isLost,
}}

// isLost says whether no server takes the request that is made here.
func isLost(steps []trace.Event, at int) bool {
	made := steps[at]
	for _, e := range steps[at+1:] {
		m, _ := e.Args["message"].(map[string]trace.Value)
		if e.Step != "Hear" && m["from"] == made.Args["node"] && m["number"] == made.State["sent"] {
			return false
		}
	}
	return true
}
