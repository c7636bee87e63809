// Package twophasecommit holds the two-phase commit in impl/twophasecommit
// against its spec.
package twophasecommit

import (
	"embed"

	"github.com/lockstep-tla/lockstep/conformance"
	tpc "github.com/lockstep-tla/lockstep/impl/twophasecommit"
	"github.com/lockstep-tla/lockstep/specs"
	"github.com/lockstep-tla/lockstep/trace"
)

//go:embed broken/*.go
var broken embed.FS

// Pattern is two-phase commit, for the checker.
var Pattern = conformance.Pattern{
	Name:              "twophasecommit",
	Spec:              specs.Of("twophasecommit"),
	Package:           "github.com/lockstep-tla/lockstep/impl/twophasecommit",
	Broken:            broken,
	System:            newSystem,
	EquivalentMutants: equivalentMutants,
	Child:             child,
	Scenarios: []conformance.Scenario{
		{Name: "faults", Runs: 45, Run: faults,
			About: "transactions that meet, and random ones, whose messages come late, again or not at all, on nodes whose disks fail or stop in the middle of a write"},
		{Name: "processes", Runs: processesRuns, Nondeterministic: true, Run: processes,
			About: "a coordinator and participants as processes over TCP, killed in every phase"},
	},
}

// The names and numbers that the scenarios use, as the spec's Placements and Numbers
// have them.
var (
	participants = []string{"p1", "p2", "p3"}
	keys         = []string{"a", "b", "c", "d", "e", "f"}
	values       = []string{"1", "2", "3", "4", "5", "6", "7", "8"}
	policies     = []tpc.Policy{tpc.NoWait, tpc.WoundWait, tpc.WaitDie}
)

const (
	coordinator = "tc"
	client      = "client"
	absent      = "absent" // the value of a key that was never written
	mostNumbers = 14       // transactions that there may be
	mostAges    = 8
)

// nodes are the coordinator and the participants.
func nodes() []string { return append([]string{coordinator}, participants...) }

// each calls do for each of them, until one fails.
func each(do func(name string) error) error {
	for _, name := range nodes() {
		if err := do(name); err != nil {
			return err
		}
	}
	return nil
}

// placement is the participant that holds a key.
func placement(key string) string { return participants[(key[0]-'a')%3] }

func header(scenario string, seed int64) trace.Header {
	var names []string
	for n := uint64(1); n <= mostNumbers; n++ {
		names = append(names, name(n))
	}
	var ages []trace.Value
	for age := range mostAges {
		ages = append(ages, age)
	}
	return trace.Header{
		Spec: "TwoPhaseCommit", Scenario: scenario, Seed: seed,
		Constants: map[string]trace.Value{
			"Transaction": trace.Values(names), "Age": ages, "Participant": trace.Values(participants),
			"Key": trace.Values(keys), "Value": trace.Values(values), "Absent": absent,
		},
	}
}
