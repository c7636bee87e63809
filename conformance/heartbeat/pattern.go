// Package heartbeat holds the heartbeats in impl/heartbeat against their spec.
package heartbeat

import (
	"embed"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/specs"
)

//go:embed broken/*.go
var broken embed.FS

// Pattern is HeartBeat, for the checker.
var Pattern = conformance.Pattern{
	Name:    "heartbeat",
	Spec:    specs.Of("heartbeat"),
	Package: "github.com/lockstep-tla/lockstep/impl/heartbeat",
	Broken:  broken,
	System:  newSystem,
	Child:   child,

	EquivalentMutants: []conformance.EquivalentMutant{
		{ID: "spec:leave-out:Arrives:1e7dfd3e", Reason: "only messages that are under way are tried"},
		{ID: "code:swap-arguments:Options.setTimes:8ed970d8", Reason: "the greater of two numbers is the same in either order"},
	},
	Scenarios: []conformance.Scenario{
		{Name: "loop", Runs: 24, Run: loop, About: "nodes that crash, start and stand still, messages that are lost, repeated and late, and sends that fail, in virtual time"},
		{Name: "processes", Runs: 2, Nondeterministic: true, Run: processes, About: "processes that send over UDP, where every second send fails; one is stopped and continued twice, and one killed and started again; the clock of a watcher with a loop of its own is set"},
	},
}
