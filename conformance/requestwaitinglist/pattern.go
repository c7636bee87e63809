// Package requestwaitinglist holds the list in impl/requestwaitinglist against its spec.
package requestwaitinglist

import (
	"embed"

	"github.com/lockstep-tla/lockstep/conformance"
	rwl "github.com/lockstep-tla/lockstep/impl/requestwaitinglist"
	"github.com/lockstep-tla/lockstep/specs"
	"github.com/lockstep-tla/lockstep/trace"
)

//go:embed broken/*.go
var broken embed.FS

// Pattern is the request waiting list, for the checker.
var Pattern = conformance.Pattern{
	Name:    "requestwaitinglist",
	Spec:    specs.Of("requestwaitinglist"),
	Package: "github.com/lockstep-tla/lockstep/impl/requestwaitinglist",
	Broken:  broken,
	System:  newSystem,

	Equivalents: []conformance.Equivalent{{
		Mutant: "falsify Receive.args.yes",
		Reason: "an answer that is no longer awaited changes nothing, whatever it says",
	}},
	EquivalentMutants: []conformance.EquivalentMutant{
		{ID: "spec:leave-out:Receive:57f60851", Reason: "an entry's request goes to the entry's peer, and has a number of its own"},
		{ID: "code:leave-out:List.Run:857a28fa", Reason: "a ticker out of reach is collected, stopped or not"},
	},

	Scenarios: []conformance.Scenario{
		{Name: "walk", Runs: 5, Run: walk,
			About: "the core takes random steps; any request that was ever sent may be answered, any number of times, also after a restart"},
		{Name: "scripted", Runs: len(scripts), Run: scripted,
			About: "one run for each rule, step by step: fast, late and repeated answers, half yes and half no, expiry, step-down, restart"},
		{Name: "cluster", Runs: 3, Run: inCluster,
			About: "a list and four peers on a network that loses, repeats and delays, in virtual time; the node steps down, and its process ends"},
		{Name: "goroutines", Runs: 2, Nondeterministic: true, Run: goroutines,
			About: "goroutines call, answer twice and late, advance, sweep and step down at once; deadlines pass while answers come"},
		{Name: "tcp", Runs: 1, Nondeterministic: true, Run: overTCP,
			About: "peers on TCP, by Single-Socket Channel, of which one is closed while calls wait for it"},
	},
}

// The names that the scenarios use.
const node = "n1"

var peers = []string{"p1", "p2", "p3", "p4"}

// header is for runs whose times and indexes go up to most. Explanations of a refusal look at
// each value up to there.
func header(scenario string, seed int64, most int) trace.Header {
	return trace.Header{
		Spec: "RequestWaitingList", Scenario: scenario, Seed: seed,
		Constants: map[string]trace.Value{
			"Node": []trace.Value{node}, "Peer": trace.Values(peers), "Log": rwl.Log,
			"MaxIncarnation": most, "MaxIndex": most, "MaxTime": most,
		},
	}
}
