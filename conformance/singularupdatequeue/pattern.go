// Package singularupdatequeue holds the singular update queue in
// impl/singularupdatequeue against its spec.
package singularupdatequeue

import (
	"embed"
	"io/fs"

	"github.com/lockstep-tla/lockstep/conformance"
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
	Broken:  sub(broken, "broken"),
	System:  newSystem,
	Scenarios: []conformance.Scenario{{
		Name:  "faults",
		About: "a worker that is held up, while handlers fail, panic, ask and go out on calls, and submitters give up",
		Runs:  24,
		Run:   faults,
	}, {
		Name:  "crowd",
		About: "many goroutines at once, under each policy",
		Runs:  3,
		Run:   crowd,
	}, {
		Name:  "stop",
		About: "the queue is stopped, in both ways, while many goroutines go on asking",
		Runs:  6,
		Run:   stop,
	}, {
		Name:  "stages",
		About: "two queues, of which the first hands its requests on to the second",
		Runs:  4,
		Run:   stages,
	}},
}

func sub(files embed.FS, dir string) fs.FS {
	f, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // the folder is a constant
	}
	return f
}

// first is what is in the register at the beginning, and values is what may be
// put into it.
const first = "0"

var values = []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}

func header(scenario string, seed int64, capacity int) trace.Header {
	set := make([]trace.Value, len(values))
	for i, v := range values {
		set[i] = v
	}
	return trace.Header{
		Spec: "SingularUpdateQueue", Scenario: scenario, Seed: seed,
		Constants: map[string]trace.Value{"Value": set, "First": first, "Capacity": []trace.Value{capacity}},
	}
}
