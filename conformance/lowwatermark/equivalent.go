package lowwatermark

import "github.com/lockstep-tla/lockstep/conformance"

// equivalents are the falsified traces that the spec rightly accepts and TLC does not
// prove equivalent.
var equivalents = []conformance.Equivalent{}

// equivalentMutants are the mutants of spec and code that make no difference.
var equivalentMutants = []conformance.EquivalentMutant{}
