package requestpipeline

import "github.com/lockstep-tla/lockstep/conformance"

// equivalentMutants are the mutants of spec and code that make no difference.
var equivalentMutants = []conformance.EquivalentMutant{
	{ID: "code:return-early:Core.NextInQueue:4a343371", Reason: "the rule's value is the zero value"},
}
