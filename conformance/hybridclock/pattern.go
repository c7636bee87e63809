// Package hybridclock holds the clocks in impl/hybridclock against their spec.
package hybridclock

import (
	"embed"
	"io/fs"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	hc "github.com/lockstep-tla/lockstep/impl/hybridclock"
	"github.com/lockstep-tla/lockstep/specs"
	"github.com/lockstep-tla/lockstep/trace"
)

//go:embed broken/*.go
var broken embed.FS

// Pattern is the hybrid clock, for the checker.
var Pattern = conformance.Pattern{
	Name:    "hybridclock",
	Spec:    specs.Of("hybridclock"),
	Library: []fs.FS{specs.Of("lamportclock")},
	Package: "github.com/lockstep-tla/lockstep/impl/hybridclock",
	Broken:  broken,
	System:  newSystem,
	Child:   child,
	Equivalents: []conformance.Equivalent{
		{Mutant: "falsify Receive.args.stamp", InTrace: isAhead, Reason: "a clock that is ahead of both stamps gives the same next one"},
		{Mutant: "falsify Refuse.args.stamp", Reason: "both stamps are too far ahead, and neither changes the clock"},
	},
	EquivalentMutants: []conformance.EquivalentMutant{
		{ID: "spec:leave-out:Receive:975dd968", Reason: "only stamps that were given are tried"},
		{ID: "spec:leave-out:Refuse:11fcb4dc", Reason: "only stamps that were given are tried"},
		{ID: "spec:leave-out:Restart:6e7d14d0", Reason: "only what may be kept is tried"},
		{ID: "spec:shift-bound:Greater:3a02a3b1", Reason: "of two equal numbers either is the greater"},
		{ID: "code:swap-arguments:Core.Receive:94fe17ed", Reason: "IsNear adds the two"},
		{ID: "code:swap-arguments:Core.Refuse:ebe1cb54", Reason: "IsNear adds the two"},
		{ID: "code:ignore-error:Clock.reserve:466b3157", Reason: "a flush that has returned is always the one that was asked for"},
	},
	Scenarios: []conformance.Scenario{
		{Name: "walk", Runs: 12, Run: walk,
			About: "three clocks take random steps, each with a physical clock that jumps both ways; any stamp may arrive; all of them crash"},
		{Name: "scripted", Runs: len(scripts), Run: scripted,
			About: "one run for each rule, step by step: clocks set back, a node that is ahead, a full counter, crashes before a flush"},
		{Name: "faults", Runs: 12, Nondeterministic: true, Run: faults,
			About: "clocks that are used by others, on a disk that fails, fills up, tears and loses, beside physical clocks that jump"},
		{Name: "goroutines", Runs: 3, Nondeterministic: true, Run: goroutines,
			About: "goroutines share clocks with real files, whose physical clocks jump; each clock is reopened"},
		{Name: "processes", Runs: 2, Nondeterministic: true, Run: processes,
			About: "processes on TCP send stamps to each other; they are killed, and come back with a physical clock that was set back"},
	},
}

// isAhead says whether the stamp that was received did not decide the one that was given.
func isAhead(steps []trace.Event, at int) bool {
	received, given := steps[at].Args["stamp"].(int), steps[at].State["latest"].(int)
	return given > received+1
}

// nodes are the names that the scenarios use.
var nodes = []string{"n1", "n2", "n3"}

// Times are in milliseconds. TLC computes with 32 bits, and the counter has 16 of them.
const (
	maxTime   = 250
	maxOffset = 20
	ahead     = 8
)

func header(scenario string, seed int64) trace.Header {
	return trace.Header{
		Spec: "HybridClock", Scenario: scenario, Seed: seed,
		Constants: map[string]trace.Value{
			"Node": trace.Values(nodes), "Time": toolbox.UpTo(maxTime),
			"MaxCounter": hc.MaxCounter, "MaxOffset": maxOffset,
		},
	}
}
