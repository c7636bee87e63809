// Package clockboundwait holds the nodes in impl/clockboundwait against their spec.
package clockboundwait

import (
	"embed"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/specs"
	"github.com/lockstep-tla/lockstep/trace"
)

//go:embed broken/*.go
var broken embed.FS

// Pattern is clock-bound wait, for the checker.
var Pattern = conformance.Pattern{
	Name:    "clockboundwait",
	Spec:    specs.Of("clockboundwait"),
	Package: "github.com/lockstep-tla/lockstep/impl/clockboundwait",
	Broken:  broken,
	System:  newSystem,

	EquivalentMutants: []conformance.EquivalentMutant{
		{ID: "spec:leave-out:Read:f4dc972d", Reason: "an interval with the true time in it does not end before it begins"},
		{ID: "spec:leave-out:Abandon:5bcfd3cb", Reason: "only pending writes are tried"},
		{ID: "spec:leave-out:Serve:e719df7f", Reason: "only reads that were asked are tried"},
		{ID: "spec:leave-out:Commit:a3525260", Reason: "only pending writes are tried"},
		{ID: "spec:leave-out:ServeOne:d34fa70f", Reason: "then it is said of all reads, and it is said of each node"},
		{ID: "spec:equality:ServeOne:378116b5", Reason: "of two nodes it names the other one, and it is said of both"},
		{ID: "spec:shift-bound:Greater:3a02a3b1", Reason: "of two equal numbers either is the greater one"},
		{ID: "code:return-early:must:cbf955b0", Reason: "it tells of a mistake in the core itself, which there is not"},
		{ID: "code:leave-out:Core.Answer:81fa4b50", Reason: "it tells of a mistake in the core itself, which there is not"},
	},
	Scenarios: []conformance.Scenario{
		{Name: "walk", Runs: 8, Run: walk,
			About: "two nodes take random steps, with clocks that jump both ways within their bounds; both crash"},
		{Name: "scripted", Runs: len(scripts), Run: scripted,
			About: "one run for each rule, step by step: clocks that are slow, fast, stand still and go back, a read beside pending writes, a crash"},
		{Name: "goroutines", Runs: 3, Nondeterministic: true, Run: goroutines,
			About: "clients in goroutines write and read on both nodes, whose clocks jump within their bounds; some give up; porcupine judges the answers"},
		{Name: "realtime", Runs: 2, Nondeterministic: true, Run: realtime,
			About: "the same with this machine's clock and timers: time passes between a reading and its use, and commit wait takes milliseconds"},
	},
}

// nodes are the names that the runs use.
var (
	nodes  = []string{"n1", "n2"}
	keys   = []string{"a", "b"}
	widths = map[string]uint64{"n1": 6, "n2": 3}
)

// maxTime is the last moment of a run.
const maxTime = 120

func header(scenario string, seed int64) trace.Header {
	return trace.Header{
		Spec: "ClockBoundWait", Scenario: scenario, Seed: seed,
		Constants: map[string]trace.Value{
			"Node": trace.Values(nodes), "Key": trace.Values(keys), "Time": toolbox.UpTo(maxTime),
			"Width": int(max(widths["n1"], widths["n2"])), "Excess": 0,
		},
	}
}
