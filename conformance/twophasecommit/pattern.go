// Package twophasecommit holds the two-phase commit in impl/twophasecommit
// against its spec.
package twophasecommit

import (
	"embed"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/specs"
	"github.com/lockstep-tla/lockstep/trace"
)

//go:embed broken/*.go
var broken embed.FS

// Pattern is two-phase commit, for the checker.
var Pattern = conformance.Pattern{
	Name:    "twophasecommit",
	Spec:    specs.Of("twophasecommit"),
	Package: "github.com/lockstep-tla/lockstep/impl/twophasecommit",
	Broken:  conformance.Folder(broken, "broken"),
	System:  newSystem,
	Excuses: excuses(),
	Scenarios: []conformance.Scenario{{
		Name:  "script",
		About: "for each rule a course of events in which it matters, and some in which transactions wait for each other",
		Runs:  len(scripts),
		Run:   script,
	}, {
		Name:  "faults",
		About: "random transactions, on a network that loses, repeats and delays, and disks that stop nodes in the middle of a write",
		Runs:  24,
		Run:   faults,
	}, {
		Name:  "processes",
		About: "a coordinator and participants as processes over TCP, killed in every phase, and a coordinator that stays away",
		Runs:  processesRuns,
		Sound: true,
		Run:   processes,
	}},
	Child: child,
}

// excuses are the lies that are none.
func excuses() []conformance.Excuse {
	var list []conformance.Excuse
	excuse := func(reason, before, after string, steps ...string) {
		for _, step := range steps {
			list = append(list, conformance.Excuse{Lie: before + step + after, Reason: reason})
		}
	}
	excuse("what is said twice is as good as said once: a message may arrive any number of times",
		"double ", "", "Answer", "Inquire", "Refuse", "Tell", "Vote")
	excuse("it claims something and changes nothing", "double ", "", "Quiet")
	excuse("it claims something and changes nothing", "drop ", " before *", "Quiet")
	excuse("it had been said before, or nobody who needs it is in this trace",
		"drop ", " before *", "Answer", "Inquire", "Refuse", "Tell", "Vote")
	excuse("a client may stop before any of its steps: what is its last one, nobody need have heard",
		"drop ", " before *", "AskCommit", "Get", "Hear", "Learn", "Put", "RollBack")
	excuse("who was given up may as well have been given up by the next step, or by a crash",
		"drop ", " before *", "Die", "GiveUp", "Wound")
	excuse("what a node had in memory only may as well not have happened when it dies, where nobody had heard of it",
		"drop ", " before Crash", "Read", "Wait", "Write")
	excuse("of any transaction that is forgotten the same is true, whoever may have asked, and nobody here needed to hear it",
		"falsify ", ".args.participant", "Answer")
	excuse("it then says once more what had been said of another transaction, and of its own it had been said before",
		"falsify ", ".args.transaction", "Answer", "Inquire", "Refuse", "Tell", "Vote")
	return append(list, conformance.Excuse{
		Lie:    "swap *, *",
		Reason: "what two nodes do has no order where neither has heard of the other, nor has what one of them only says",
		Where: func(step, next trace.Event) bool {
			return conformance.AtTwoNodes(step, next) || says[step.Step] || says[next.Step]
		},
	})
}

// says are the steps that send a message and change nothing.
var says = map[string]bool{"Answer": true, "Inquire": true, "Quiet": true, "Refuse": true, "Tell": true, "Vote": true}

// What the scenarios use. It is what the spec's Homes and Numbers say.
var (
	participants = []string{"p1", "p2", "p3"}
	keys         = []string{"a", "b", "c", "d", "e", "f"}
	values       = []string{"1", "2", "3", "4", "5", "6", "7", "8"}
)

const (
	coordinator = "tc"
	mostNumbers = 10 // transactions that a run may begin
	mostAges    = 8
)

// home is the placement of the spec's Homes.
func home(key string) string { return participants[(key[0]-'a')%3] }

func header(scenario string, seed int64) trace.Header {
	var names []string
	for n := uint64(1); n <= mostNumbers; n++ {
		names = append(names, name(n))
	}
	var ages []trace.Value
	for age := range mostAges {
		ages = append(ages, age)
	}
	return trace.Header{
		Spec: "TwoPhaseCommit", Scenario: scenario, Seed: seed,
		Constants: map[string]trace.Value{
			"Transaction": trace.Values(names), "Age": ages, "Participant": trace.Values(participants),
			"Key": trace.Values(keys), "Value": trace.Values(values), "Absent": "absent",
		},
	}
}
