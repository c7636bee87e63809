package conformance

import (
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/trace"
)

// DifferentNodes is for Equivalent.Where: steps of two nodes may have no order.
func DifferentNodes(step, next trace.Event) bool { return step.Args["node"] != next.Args["node"] }

// Stutters is for Equivalent.InTrace: the node's step leaves its view as it
// was. For a node's first step the view before it is unknown, so Stutters is
// false.
func Stutters(steps []trace.Event, at int) bool {
	for i := at - 1; i >= 0; i-- {
		if !DifferentNodes(steps[i], steps[at]) {
			return tla.Equal(steps[i].State, steps[at].State)
		}
	}
	return false
}

// NextOfNode returns the next step of the same node, or the zero Event if there
// is none.
func NextOfNode(steps []trace.Event, at int) trace.Event {
	for _, e := range steps[at+1:] {
		if !DifferentNodes(e, steps[at]) {
			return e
		}
	}
	return trace.Event{}
}
