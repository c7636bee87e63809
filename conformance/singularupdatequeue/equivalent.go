package singularupdatequeue

import "github.com/lockstep-tla/lockstep/conformance"

// equivalentMutants make no difference.
var equivalentMutants = []conformance.EquivalentMutant{
	{
		ID:     "spec:leave-out:Take:d874f599",
		Reason: "Next, the fairness and the Steps module take n from the same set already",
	},
	{
		ID:     "code:leave-out:Core.refuse:d2cd5e6f",
		Reason: "the rule NotServed returns the reason as it is; only its broken form does not",
	},
	{
		ID:     "code:leave-out:Core.enter:1241882d",
		Reason: "the rule AtFirst is never true; only its broken form answers here",
	},
}
