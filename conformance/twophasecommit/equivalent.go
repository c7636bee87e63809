package twophasecommit

import "github.com/lockstep-tla/lockstep/conformance"

// equivalentMutants are the mutants that make no difference.
var equivalentMutants = []conformance.EquivalentMutant{{
	ID:     "spec:leave-out:GiveUp:bf0b3aed",
	Reason: "only an active transaction is given up, and a participant that is down has none: see DownHasItsLog",
}}
