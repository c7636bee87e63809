package report

import (
	"fmt"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/trace"
)

// Outcome is what a check came to.
type Outcome string

const (
	Accepted Outcome = "accepted"
	Rejected Outcome = "rejected"
	Unknown  Outcome = "unknown" // no verdict: a time-out, too little memory, a cancelled run
)

// Reason says why a trace was rejected.
type Reason string

const (
	// Guard: the spec does not allow the step in this state with these
	// arguments.
	Guard Reason = "guard"
	// State: the spec allows the step, but not with the view that was logged.
	State Reason = "state"
	// Invariant: the step is a step of the spec, and the state behind it
	// breaks an invariant.
	Invariant Reason = "invariant"
	// Property: the spec allows the step, and a property of the cfg forbids it, or
	// the state behind it.
	Property Reason = "property"
	// Error: TLC cannot evaluate the spec on the step, because a value is not
	// of the kind that the spec works with.
	Error Reason = "error"
	// Malformed: the trace does not speak of this spec: an unknown step,
	// argument or constant, or no step at all.
	Malformed Reason = "malformed"
)

// Verdict is what became of one trace.
type Verdict struct {
	Outcome Outcome
	// Step is the number of the first refused step, from 1; 0 if the trace
	// as a whole is refused.
	Step int
	// Event is that step as it was recorded.
	Event  *trace.Event
	Reason Reason
	// Allowed are the views that the spec allows after the step, for State.
	Allowed []trace.Value
	// Message says more: the broken invariant's name, TLC's text, or why
	// there is no verdict.
	Message string
}

// String says in one line what happened.
func (v Verdict) String() string {
	switch {
	case v.Outcome == Accepted:
		return "accepted"
	case v.Outcome == Unknown:
		return "unknown: " + v.Message
	case v.Reason == Malformed:
		return v.Message
	}
	s := fmt.Sprintf("rejected at step %d, %s (%s)", v.Step, v.Event.Step, v.Reason)
	switch v.Reason {
	case Guard:
		s += ": the spec does not allow this step here with these arguments"
	case State:
		if len(v.Allowed) == 0 {
			return s + ": " + v.Message
		}
		s += ": " + tla.Differences(v.Allowed, v.Event.State)
	case Invariant:
		s += ": the state after it breaks " + v.Message
	case Property:
		s += ": " + v.Message
	default:
		s += ": " + FirstParagraph(v.Message)
	}
	return s
}

const maxMessage = 300

// FirstParagraph is what TLC says went wrong, without where in the modules.
func FirstParagraph(message string) string {
	first, _, _ := strings.Cut(message, "\nThe error occurred")
	first = strings.Join(strings.Fields(first), " ")
	if len(first) > maxMessage { // a value in it may be very large; TLC's text is ASCII
		first = first[:maxMessage] + " ..."
	}
	return first
}
