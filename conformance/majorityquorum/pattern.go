// Package majorityquorum holds the clients and replicas in impl/majorityquorum against their
// spec.
package majorityquorum

import (
	"embed"
	"io/fs"

	"github.com/lockstep-tla/lockstep/conformance"
	mq "github.com/lockstep-tla/lockstep/impl/majorityquorum"
	"github.com/lockstep-tla/lockstep/specs"
	"github.com/lockstep-tla/lockstep/trace"
)

//go:embed broken/*.go
var broken embed.FS

// Pattern is the majority quorum, for the checker.
var Pattern = conformance.Pattern{
	Name:    "majorityquorum",
	Spec:    specs.Of("majorityquorum"),
	Library: []fs.FS{specs.Of("requestwaitinglist")},
	Package: "github.com/lockstep-tla/lockstep/impl/majorityquorum",
	Broken:  broken,
	System:  newSystem,
	Child:   child,
	EquivalentMutants: []conformance.EquivalentMutant{
		{ID: "spec:leave-out:Choose:d7937b06", Reason: "Number is Nat, and a number that is chosen is one more than another"},
		{ID: "spec:leave-out:Store:cdd93a93", Reason: "a get has NoCell, which is newer than nothing"},
		{ID: "spec:drop-one:Order:a4cee658", Reason: "the rank of a client that has chosen a version is from 1 to Len(Names)"},
		{ID: "code:shift-bound:Replica.load:ffdb1c6a", Reason: "a file that is so long is no cell, and the error is the same"},
		{ID: "code:return-early:must:cbf955b0", Reason: "it stands where nothing can fail"},
		{ID: "code:leave-out:Core.begin:9a7b997c", Reason: "it stands where nothing can fail"},
	},
	Equivalents: []conformance.Equivalent{
		{Mutant: "falsify Restart.args.node", Reason: "of two replicas with the same cell, which is on their disks, either may start again"},
		{Mutant: "falsify Answer.args.request.from", Reason: "both clients have asked, and what either gets by this answer it has had before or never takes"},
	},

	Scenarios: []conformance.Scenario{
		{Name: "scripted", Runs: len(scripts), Run: scripted,
			About: "one run for each rule, step by step: replicas that refuse, late puts, two writers with one number, crashes before a flush"},
		{Name: "walk", Runs: len(setups), Run: walk,
			About: "three clients and four replicas take random steps, in even and odd groups with small and large quorums; any message may arrive again; replicas crash"},
		{Name: "processes", Runs: 1, Nondeterministic: true, Run: processes,
			About: "clients at once, and replicas in processes on TCP, which are killed and started again; porcupine judges what the clients were told"},
	},
}

// The names that the scenarios use.
var (
	nodes  = []string{"n1", "n2", "n3", "n4"}
	names  = []string{"c1", "c2", "c3"}
	values = []string{"a", "b", "c", "d", "e", "f"}
)

// setup is a group: the first voters of the nodes, of which the others follow.
type setup struct {
	voters, write int
	regular       bool
}

var setups = []setup{{3, 2, false}, {4, 3, false}, {3, 3, false}, {3, 2, true}, {4, 2, false}, {3, 1, false}, {2, 2, false}, {1, 1, false}}

func (s setup) header(scenario string, seed int64) trace.Header {
	return trace.Header{
		Spec: "MajorityQuorum", Scenario: scenario, Seed: seed,
		Constants: map[string]trace.Value{
			"Node": trace.Values(nodes), "Voter": trace.Values(nodes[:s.voters]), "Client": trace.Values(names),
			"Value": trace.Values(values), "WriteQuorum": s.write, "Regular": s.regular, "NoClient": "", "NoValue": "",
		},
	}
}

func (s setup) options(name string, rec *trace.Recorder) mq.Options {
	return mq.Options{
		Name: name, Voters: nodes[:s.voters], Followers: nodes[s.voters:], WriteQuorum: s.write, Regular: s.regular, Trace: rec,
	}
}
