// Package lamportclock holds the servers and clients in impl/lamportclock
// against their spec.
package lamportclock

import (
	"embed"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	lc "github.com/lockstep-tla/lockstep/impl/lamportclock"
	"github.com/lockstep-tla/lockstep/specs"
	"github.com/lockstep-tla/lockstep/trace"
)

//go:embed broken/*.go
var broken embed.FS

// Pattern is the Lamport clock, for the checker.
var Pattern = conformance.Pattern{
	Name:    "lamportclock",
	Spec:    specs.Of("lamportclock"),
	Package: "github.com/lockstep-tla/lockstep/impl/lamportclock",
	Broken:  broken,
	System:  newSystem,
	Child:   child,
	EquivalentMutants: []conformance.EquivalentMutant{
		{ID: "spec:shift-bound:Max:855c99dc", Reason: "of two equal stamps either is the greater one"},
		{ID: "spec:shift-bound:IsNewer:eb54e4dd", Reason: "a server gives each stamp once, so that the two are the same version"},
		{ID: "code:swap-arguments:Clock.Tick:9516834d", Reason: "the greater of two numbers is the same either way"},
		{ID: "spec:leave-out:Receives:b4bdfe2e", Reason: "only requests that were sent are tried"},
	},
	Scenarios: []conformance.Scenario{
		{Name: "network", Runs: 16, Run: walk, About: "three clients hop between two servers that crash; any message that was ever sent may arrive, any number of times, or never"},
		{Name: "failing", Runs: 12, Nondeterministic: true, Run: failing, About: "two servers in turn on a disk that fails to write, to flush or to hold more, and their successors"},
		{Name: "processes", Runs: 3, Nondeterministic: true, Run: processes, About: "goroutines share clients of servers that are processes on UDP with real files, killed and started again, and whose sends fail now and then; each process has a trace of its own, merged by stamp"},
	},
}

// The names that the scenarios use.
var (
	servers = []string{"s1", "s2"}
	clients = []string{"c1", "c2", "c3"}
	keys    = []string{"x", "y"}
	values  = toolbox.Names("v", 72)
)

func header(scenario string, seed int64) trace.Header {
	return trace.Header{
		Spec: "LamportClock", Scenario: scenario, Seed: seed,
		Constants: map[string]trace.Value{
			"Server": trace.Values(servers), "Client": trace.Values(clients), "Key": trace.Values(keys), "Value": trace.Values(values), "NoValue": lc.Nothing,
		},
	}
}
