package versionedvalue

import "github.com/lockstep-tla/lockstep/conformance"

// equivalents are the falsified traces that the spec rightly accepts and TLC does not
// prove equivalent. A reader changes nothing, and the answer is the same.
var equivalents = []conformance.Equivalent{
	{Mutant: "falsify Read.args.key", Reason: "neither key has a value at that version"},
}
