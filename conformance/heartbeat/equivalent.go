package heartbeat

import "github.com/lockstep-tla/lockstep/conformance"

// equivalentMutants make no difference.
var equivalentMutants = []conformance.EquivalentMutant{
	{ID: "code:swap-arguments:Options.setTimes:8ed970d8", Reason: "the greater of two numbers is the same in either order"},
}
