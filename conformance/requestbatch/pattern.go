// Package requestbatch holds the client and the server in impl/requestbatch against their
// spec.
package requestbatch

import (
	"embed"
	"io/fs"

	"github.com/lockstep-tla/lockstep/conformance"
	rb "github.com/lockstep-tla/lockstep/impl/requestbatch"
	"github.com/lockstep-tla/lockstep/specs"
	"github.com/lockstep-tla/lockstep/trace"
)

//go:embed broken/*.go
var broken embed.FS

// Pattern is the request batch, for the checker.
var Pattern = conformance.Pattern{
	Name:    "requestbatch",
	Spec:    specs.Of("requestbatch"),
	Library: []fs.FS{specs.Of("singlesocketchannel")},
	Package: "github.com/lockstep-tla/lockstep/impl/requestbatch",
	Broken:  broken,
	System:  newSystem,
	Child:   child,
	EquivalentMutants: []conformance.EquivalentMutant{
		{ID: "spec:leave-out:Reject:e33c760c", Reason: "only batches that were sent are tried"},
		{ID: "spec:leave-out:Receive:7817d8c9", Reason: "only replies that were sent are tried"},
	},

	Scenarios: []conformance.Scenario{
		{Name: "scripted", Runs: len(scripts), Run: scripted,
			About: "one run for each rule, step by step: a full batch, the linger, large requests, late replies, a server that stops inside a batch"},
		{Name: "cluster", Runs: 6, Run: inCluster,
			About: "both ends on a network that loses, repeats and delays, in virtual time; the server's process ends"},
		{Name: "processes", Runs: 1, Nondeterministic: true, Run: processes,
			About: "callers share batches to a server on TCP, whose process kills itself inside a batch and starts again"},
	},
}

// The names that the scenarios use.
const (
	client = "c1"
	server = "s1"
)

var limits = rb.Limits{MaxSize: 4, Linger: 3, MaxQueue: 3}

// header is for runs whose clock goes up to most. Explanations of a refusal look at each
// value up to there.
func header(scenario string, seed int64, l rb.Limits, most int) trace.Header {
	return trace.Header{
		Spec: "RequestBatch", Scenario: scenario, Seed: seed,
		Constants: map[string]trace.Value{
			"Client": client, "Server": server, "MaxSize": l.MaxSize, "Linger": int(l.Linger),
			"MaxQueue": l.MaxQueue, "MaxTime": most, "MaxOne": 30,
		},
	}
}
