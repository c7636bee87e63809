// Package readrestart holds the keys and reads in impl/clockboundwait/readrestart against their spec.
package readrestart

import (
	"embed"
	"io/fs"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/specs"
	"github.com/lockstep-tla/lockstep/trace"
)

//go:embed broken/*.go
var broken embed.FS

// Pattern is read restart, a part of clock-bound wait, for the checker.
var Pattern = conformance.Pattern{
	Name:    "readrestart",
	PartOf:  "clockboundwait",
	Spec:    specs.Of("clockboundwait/readrestart"),
	Library: []fs.FS{specs.Of("majorityquorum")},
	Package: "github.com/lockstep-tla/lockstep/impl/clockboundwait/readrestart",
	Broken:  broken,
	System:  newSystem,
	EquivalentMutants: []conformance.EquivalentMutant{
		{ID: "spec:leave-out:MayRead:454447b5", Reason: "an interval with the true time in it does not end before it begins"},
		{ID: "spec:leave-out:Restart:2ed9e43c", Reason: "the limit of a client without a read is 0, so no version is uncertain"},
		{ID: "spec:shift-bound:Greater:3a02a3b1", Reason: "of two equal numbers either is the greater one"},
	},
	Equivalents: []conformance.Equivalent{
		{Mutant: "falsify Install.args.latest", Reason: "a write uses only the beginning of the interval, and the true time is within both"},
	},
	Scenarios: []conformance.Scenario{{Name: "walk", Runs: 10, Run: walk,
		About: "four clients write and read two keys with clocks that err within their bound, and start reads again"}},
}

const (
	width   = 4 // of the clocks' intervals
	maxTime = 200
)

var (
	keys    = []string{"a", "b"}
	clients = toolbox.Names("c", 4)
)

func header(scenario string, seed int64) trace.Header {
	return trace.Header{
		Spec: "ReadRestart", Scenario: scenario, Seed: seed,
		Constants: map[string]trace.Value{
			"Client": trace.Values(clients), "Key": trace.Values(keys), "Time": toolbox.UpTo(maxTime), "Width": width, "Excess": 0,
		},
	}
}
