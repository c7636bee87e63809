package generationclock

import "github.com/lockstep-tla/lockstep/conformance"

// equivalents are the falsified traces that the spec rightly accepts and TLC does not
// prove equivalent.
var equivalents = []conformance.Equivalent{{
	Mutant: "falsify Refuse.args.message.value",
	Reason: "the leader sent an order with either value before, and a refusal names the number of the order only",
}}
