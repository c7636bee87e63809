package twophasecommit

import (
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

// excuses are the lies that are none. All of them are about words: a message may
// come any number of times or not at all, and what one node does has no order
// with what another one does that has not heard of it.
var excuses = []conformance.Equivalent{{
	Mutant: "double *",
	Reason: "what is said twice is as good as said once: a message may arrive any number of times",
	Where:  func(step, _ trace.Event) bool { return says[step.Step] },
}, {
	Mutant: "drop * before *",
	Reason: "it had been said before, or nobody who needs it hears it before it is said again: it may have been lost",
	InTrace: func(steps []trace.Event, at int) bool {
		return says[steps[at].Step] && conformance.Stutters(steps, at) && !needed(steps, at)
	},
}, {
	Mutant: "drop AskCommit before *",
	Reason: "the coordinator does not hear it, and the client learns of an abort, or of nothing, as one does that has not asked",
	InTrace: func(steps []trace.Event, at int) bool {
		next := conformance.NextOfNode(steps, at).Step
		return (next == "" || next == "Learn") && !needed(steps, at)
	},
}, {
	Mutant: "drop Forget before *",
	Reason: "what it has forgotten it may as well have forgotten together with what it forgets next",
	InTrace: func(steps []trace.Event, at int) bool {
		return conformance.NextOfNode(steps, at).Step == "Forget"
	},
}, {
	Mutant: "falsify Tell.args.transaction",
	Reason: "it then says once more what had been said of another transaction, and of its own nobody needs to hear it",
	InTrace: func(steps []trace.Event, at int) bool {
		return !needed(steps, at) && before(steps, at, func(e trace.Event) bool { return e.Step == "Tell" && of(e) != of(steps[at]) })
	},
}, {
	Mutant: "swap *, *",
	Reason: "what two nodes do has no order where neither has heard of the other, and what changes nothing at a node may be said a step before or behind",
	InTrace: func(steps []trace.Event, at int) bool {
		step, next := steps[at], steps[at+1]
		if hears(next, step) && !saidBefore(steps, at) {
			return false
		}
		return conformance.DifferentNodes(step, next) ||
			says[step.Step] && conformance.Stutters(steps, at) || says[next.Step] && conformance.Stutters(steps, at+1)
	},
}}

// says are the steps that send a message, or claim something, and change nothing.
// Of a no only the first changes something.
var says = map[string]bool{
	"Answer": true, "Close": true, "Inquire": true, "Quiet": true, "Refuse": true, "Rest": true, "Tell": true, "Vote": true,
}

// needs are the steps without which, of the same transaction, there is none of a
// kind.
var needs = map[string][]string{
	"Recover": {"Configure"}, "Get": {"Begin"}, "Put": {"Begin"}, "RollBack": {"Begin"}, "AskCommit": {"Begin"},
	"Read": {"Get"}, "Write": {"Put"}, "Hear": {"Read", "Write"}, "Wait": {"Get", "StartPrepare"}, "Die": {"Get", "StartPrepare"},
	"StartPrepare": {"AskCommit"}, "Prepare": {"StartPrepare"}, "Vote": {"StartPrepare", "Prepare"}, "Refuse": {"StartPrepare"},
	"Commit": {"Vote"}, "Tell": {"Commit", "Abort"}, "Learn": {"Tell"}, "Apply": {"Prepare", "Tell"}, "Discard": {"Prepare", "Tell", "Answer"},
	"Complete": {"Apply", "Commit", "Abort"}, "Inquire": {"Prepare"}, "Answer": {"Inquire", "Complete"},
	"Close": {"Complete"}, "Forget": {"Close"},
}

// hears says whether one step needs another one, or one like it.
func hears(step, said trace.Event) bool {
	return of(step) == of(said) && slices.Contains(needs[step.Step], said.Step)
}

// of is the transaction that a step is about; of a client, its own.
func of(e trace.Event) string {
	if t, ok := e.Args["transaction"].(string); ok {
		return t
	}
	if n, ok := e.Args["number"].(int); ok && (e.Step == "Close" || e.Step == "Forget") {
		return name(uint64(n))
	}
	if node, _ := e.Args["node"].(string); node != "" && node[0] == 't' && node != coordinator {
		return node
	}
	return ""
}

// needed says whether somebody needs to hear what a step says, before that is said
// again.
func needed(steps []trace.Event, at int) bool {
	if saidBefore(steps, at) {
		return false
	}
	for _, e := range steps[at+1:] {
		if same(e, steps[at]) {
			return false
		}
		if hears(e, steps[at]) {
			return true
		}
	}
	return false
}

// saidBefore says whether the same was said before, if only to all and not to one.
func saidBefore(steps []trace.Event, at int) bool {
	return before(steps, at, func(e trace.Event) bool {
		return same(e, steps[at]) || e.Step == "Tell" && steps[at].Step == "Answer" && of(e) == of(steps[at])
	})
}

func before(steps []trace.Event, at int, is func(trace.Event) bool) bool {
	return slices.ContainsFunc(steps[:at], is)
}

// same says whether two steps have the same name and arguments.
func same(a, b trace.Event) bool {
	if a.Step != b.Step || len(a.Args) != len(b.Args) {
		return false
	}
	for k, v := range a.Args {
		if b.Args[k] != v {
			return false
		}
	}
	return true
}
