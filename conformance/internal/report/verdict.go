package report

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/trace"
)

// Outcome is the result of a check.
type Outcome string

const (
	Accepted Outcome = "accepted"
	Rejected Outcome = "rejected"
	Unknown  Outcome = "unknown" // no verdict: a time-out, too little memory, a cancelled run
)

// ErrWrongAnswer is wrapped by the error of a run in which the code told a caller
// something that the trace contradicts. The pattern is then rejected; other errors of
// a run leave the verdict unknown.
var ErrWrongAnswer = errors.New("a caller was told something that the trace contradicts")

// Reason says why a trace was rejected.
type Reason string

const (
	// Guard: the spec does not allow the step in this state with these
	// arguments.
	Guard Reason = "guard"
	// State: the spec allows the step, but with another view than the logged
	// one.
	State Reason = "state"
	// Invariant: the spec allows the step, and the state after it breaks an
	// invariant.
	Invariant Reason = "invariant"
	// Property: the spec allows the step, but a property of the cfg forbids the
	// step or the state after it.
	Property Reason = "property"
	// Error: TLC cannot evaluate the spec on the step, because a value has the
	// wrong kind.
	Error Reason = "error"
	// Malformed: the trace does not fit this spec. It has an unknown step,
	// argument or constant, or no step at all.
	Malformed Reason = "malformed"
)

// Verdict is the result for one trace.
type Verdict struct {
	Outcome Outcome
	// Step is the number of the first refused step, from 1; 0 if the trace
	// as a whole is refused.
	Step int
	// Event is that step as recorded.
	Event  *trace.Event
	Reason Reason
	// Allowed lists the views that the spec allows after the step, if the
	// Reason is State.
	Allowed []trace.Value
	// Message has the name of the broken invariant, TLC's error, or the reason
	// why there is no verdict.
	Message string
}

// String returns the verdict in one line.
func (v Verdict) String() string {
	switch {
	case v.Outcome == Accepted:
		return "accepted"
	case v.Outcome == Unknown && v.Event != nil:
		return fmt.Sprintf("unknown from step %d, %s: TLC cannot evaluate it: %s", v.Step, v.Event.Step, FirstParagraph(v.Message))
	case v.Outcome == Unknown:
		return "unknown: " + v.Message
	case v.Reason == Malformed:
		return v.Message
	}
	s := fmt.Sprintf("rejected at step %d, %s (%s)", v.Step, v.Event.Step, v.Reason)
	switch v.Reason {
	case Guard:
		s += ": the spec does not allow this step here with these arguments"
		if v.Message != "" {
			s += "; " + v.Message
		}
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

// FirstParagraph returns TLC's error message without the list of places.
func FirstParagraph(message string) string {
	first, _, _ := strings.Cut(message, "\nThe error occurred")
	first = strings.Join(strings.Fields(first), " ")
	if len(first) > maxMessage { // it may contain a large value; TLC's text is ASCII
		first = first[:maxMessage] + " ..."
	}
	return first
}
