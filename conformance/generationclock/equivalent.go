package generationclock

import "github.com/lockstep-tla/lockstep/conformance"

// equivalents are the falsified traces that the spec rightly accepts and TLC does not
// prove equivalent.
var equivalents = []conformance.Equivalent{{
	Mutant: "falsify Refuse.args.message.value",
	Reason: "the leader sent an order with either value before, and a refusal names the number of the order only",
}}

// equivalentMutants are the mutants that make no difference.
var equivalentMutants = []conformance.EquivalentMutant{{
	ID:     "spec:equality:Restart:40065320",
	Reason: "StartsAt and FenceStartsAt are the same, the durable number; they have two names so that each can be broken alone",
}, {
	ID:     "code:ignore-error:journal.save:6ad738b9",
	Reason: "a record of numbers and strings always has a JSON text",
}}
