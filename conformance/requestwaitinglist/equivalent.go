package requestwaitinglist

import "github.com/lockstep-tla/lockstep/conformance"

// equivalents are the falsified traces that the spec rightly accepts and TLC does not prove
// equivalent.
var equivalents = []conformance.Equivalent{{
	Mutant: "falsify Receive.args.yes",
	Reason: "an answer that is no longer awaited changes nothing, whatever it says",
}}
