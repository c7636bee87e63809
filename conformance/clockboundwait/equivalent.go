package clockboundwait

import "github.com/lockstep-tla/lockstep/conformance"

// equivalentMutants are the mutants of spec and code that make no difference.
var equivalentMutants = []conformance.EquivalentMutant{
	{ID: "code:return-early:must:cbf955b0", Reason: unneeded},
	{ID: "code:leave-out:Core.Answer:81fa4b50", Reason: unneeded},
}

const unneeded = "it tells of a mistake in the core itself, which there is not"
