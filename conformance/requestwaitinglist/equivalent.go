package requestwaitinglist

import "github.com/lockstep-tla/lockstep/conformance"

// equivalents are the falsified traces that the spec rightly accepts and TLC does not prove
// equivalent.
var equivalents = []conformance.Equivalent{{
	Mutant: "falsify Receive.args.yes",
	Reason: "the peer was counted with its first answer; what it says to a second request is noted by the ghosts only",
}}
