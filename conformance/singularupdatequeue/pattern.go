// Package singularupdatequeue holds the singular update queue in
// impl/singularupdatequeue against its spec.
package singularupdatequeue

import (
	"embed"

	"github.com/lockstep-tla/lockstep/conformance"
	suq "github.com/lockstep-tla/lockstep/impl/singularupdatequeue"
	"github.com/lockstep-tla/lockstep/specs"
	"github.com/lockstep-tla/lockstep/trace"
)

//go:embed broken/*.go
var broken embed.FS

// Pattern is the singular update queue, for the checker.
var Pattern = conformance.Pattern{
	Name:    "singularupdatequeue",
	Spec:    specs.Of("singularupdatequeue"),
	Package: "github.com/lockstep-tla/lockstep/impl/singularupdatequeue",
	Broken:  broken,
	System:  newSystem,
	Scenarios: []conformance.Scenario{
		{Name: "loop", Runs: 16, Run: loop, About: "the core in a loop that tries any step at any time, allowed or not"},
		{Name: "faults", Runs: 16, Run: faults, About: "a worker that is held up, while handlers fail, panic, ask, go out on calls and pass requests on to a second queue, and submitters give up"},
		{Name: "crowd", Runs: 12, Run: crowd, About: "many goroutines at once, under each policy; the queue is stopped, in both ways, while they go on asking, or when all are done"},
	},
}

const node = "queue"

// first is what is in the register at the beginning, values is what may be put
// into it, and capacities are those of all the queues.
const first = "0"

var (
	values     = []trace.Value{"1", "2", "3", "4", "5", "6", "7", "8", "9"}
	capacities = []trace.Value{1, 2, 3, 4, 8, 16}
	policies   = []suq.Policy{suq.Block, suq.Reject, suq.DropOldest}
	ways       = []suq.How{suq.Drain, suq.Abandon}
)

func show(v string) trace.Value { return v }

// tracing records what a queue does. Request says how a trace shows a request.
func tracing[Q any](rec *trace.Recorder, request func(Q) trace.Value) suq.Tracing[string, Q, string] {
	return suq.Tracing[string, Q, string]{Recorder: rec, Node: node, State: show, Request: request, Result: show}
}

func header(scenario string, seed int64) trace.Header {
	return trace.Header{
		Spec: "SingularUpdateQueue", Scenario: scenario, Seed: seed,
		Constants: map[string]trace.Value{"Value": values, "First": first, "Capacity": capacities},
	}
}
