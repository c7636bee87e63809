// Package requestpipeline holds both ends in impl/requestpipeline against their spec.
package requestpipeline

import (
	"embed"
	"fmt"
	"io/fs"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/specs"
	"github.com/lockstep-tla/lockstep/trace"
)

//go:embed broken/*.go
var broken embed.FS

// Pattern is the request pipeline, for the checker.
var Pattern = conformance.Pattern{
	Name:    "requestpipeline",
	Spec:    specs.Of("requestpipeline"),
	Library: []fs.FS{specs.Of("singlesocketchannel")},
	Package: "github.com/lockstep-tla/lockstep/impl/requestpipeline",
	Broken:  broken,
	System:  newSystem,
	Child:   child,

	EquivalentMutants: []conformance.EquivalentMutant{
		{ID: "code:return-early:Core.NextInQueue:4a343371", Reason: "the rule's value is the zero value"},
	},

	Scenarios: []conformance.Scenario{
		{Name: "walk", Runs: 16, Run: walk,
			About: "both cores take random steps, on wires that are lost, bring what is old, and leave out frames; process numbers begin high"},
		{Name: "processes", Runs: 3, Nondeterministic: true, Run: processes,
			About: "callers on TCP through a proxy that cuts and holds; some leave; the server's process is slow, kills itself while requests are in flight, and starts again"},
	},
}

// The names that the scenarios use.
const (
	client = "c1"
	server = "s1"
)

// texts are the requests of a run with n calls.
func texts(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprint("r", i+1)
	}
	return list
}

func header(scenario string, seed int64, calls, most int, lossy bool) trace.Header {
	return trace.Header{
		Spec: "RequestPipeline", Scenario: scenario, Seed: seed,
		Constants: map[string]trace.Value{
			"Client": client, "Server": server, "Text": trace.Values(texts(calls)),
			"Max": most, "Lossy": lossy, "MaxProcess": 9,
		},
	}
}
