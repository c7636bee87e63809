package conformance

import "github.com/lockstep-tla/lockstep/trace"

// Excuse names lies that may be accepted.
type Excuse struct {
	Lie    string // as the report names it, such as "swap Sync, Append"; * stands for anything, and \[ for [
	Reason string
	// Where narrows it to lies told where it says so, of the step that the lie
	// is told about and the one behind it, as recorded; if nil, anywhere.
	Where func(step, next trace.Event) bool
	// Amid narrows it further, by all the steps of the trace as recorded, and the
	// index of the one that the lie is told about; if nil, not.
	Amid func(steps []trace.Event, at int) bool
}

// AtTwoNodes is for Excuse.Where: what two nodes do one after the other may have
// no order.
func AtTwoNodes(step, next trace.Event) bool { return step.Args["node"] != next.Args["node"] }

// ChangesNothing is for Excuse.Amid: the node shows the same after its step as
// before it. Of a node's first step nobody knows.
func ChangesNothing(steps []trace.Event, at int) bool {
	for i := at - 1; i >= 0; i-- {
		if !AtTwoNodes(steps[i], steps[at]) {
			return equal(steps[i].State, steps[at].State)
		}
	}
	return false
}

// NextOfNode returns the next step of the node that takes this one; the zero
// Event if there is none.
func NextOfNode(steps []trace.Event, at int) trace.Event {
	for _, e := range steps[at+1:] {
		if !AtTwoNodes(e, steps[at]) {
			return e
		}
	}
	return trace.Event{}
}
