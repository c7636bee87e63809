package tlc

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Outcome is what a run of TLC has come to.
type Outcome int

const (
	// Crashed means that TLC or Java broke down, or ended without saying how
	// it went. It is the zero value: nothing is known.
	Crashed Outcome = iota
	// OK means that TLC has said that it finished and found no error. In a
	// simulation, which never finishes the search, it has found none in the
	// behaviours that it tried.
	OK
	InvariantViolated
	// PropertyViolated covers action properties and temporal ones, refinement
	// and liveness.
	PropertyViolated
	Deadlock
	// AssumptionFailed means that an ASSUME is false.
	AssumptionFailed
	// AssertionFailed means that an Assert in the spec was false.
	AssertionFailed
	// EvaluationError means that TLC could not evaluate an expression: a
	// value of the wrong kind, an index out of bounds, a CHOOSE without choice.
	EvaluationError
	// SpecError means that a module or the configuration is wrong.
	SpecError
	// TimedOut means that Job.Timeout or Job.Processor ended the run.
	TimedOut
	// Cancelled means that the context ended the run.
	Cancelled
	// OutOfMemory means that the heap, the stack or the disk was too small.
	OutOfMemory
)

var outcomeNames = [...]string{
	"crashed", "ok", "invariant violated", "property violated", "deadlock", "assumption failed",
	"assertion failed", "evaluation error", "error in the spec", "timed out", "cancelled", "out of memory",
}

func (o Outcome) String() string {
	if o < 0 || int(o) >= len(outcomeNames) {
		return fmt.Sprintf("Outcome(%d)", int(o))
	}
	return outcomeNames[o]
}

// Result is what TLC has said.
type Result struct {
	Outcome Outcome
	// Violated names the invariant or property that does not hold, as the
	// configuration names it. It is "" if TLC does not say which of several
	// properties it is: then it is one of Candidates.
	Violated   string
	Candidates []string
	// Message is TLC's own text about the error.
	Message string
	// Place is where in the modules the error lies; nil if TLC does not say.
	Place *Place

	// States were generated, repetitions included, of which Distinct are
	// different; Queue of them had not been looked at when TLC ended. Depth is
	// the number of levels of the search.
	States, Distinct, Queue, Depth int

	// Trace is the counterexample, or the behaviour that leads to the state in
	// which TLC could not go on.
	Trace []State
	// Loop says how an endless counterexample goes on after Trace; nil if it
	// is a finite one.
	Loop *Loop

	// Missed are those of the Job's Reaches that no state or step came to, as far as TLC
	// has searched.
	Missed []string

	// Invariants and Properties are those that the configuration names.
	Invariants, Properties []string

	Version  string   // of TLC, as it names itself
	Warnings []string // what TLC warns of, about the spec
	Duration time.Duration
	// Processor is the processor time that TLC took, of all its threads; 0 of a
	// run that was Kept.
	Processor time.Duration
	Kept      bool // it is an earlier run's, from the store
	ExitCode  int  // -1 if a signal ended the process, as Run does when TLC has said that it finished
}

// Place is a place in a module.
type Place struct {
	Module       string // "" if TLC names none
	Line, Column int    // from 1; 0 if TLC names none
}

func (p Place) String() string {
	switch {
	case p.Line == 0:
		return p.Module
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.Module, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.Module, p.Line, p.Column)
}

// Loop is the end of an endless behaviour.
type Loop struct {
	Back   int    // the number of the state that is next, and from there on for ever
	Action string // the step that leads back; "" if the last state stays for ever
}

// String sums the result up in a line.
func (r *Result) String() string {
	var b strings.Builder
	b.WriteString(r.Outcome.String())
	switch {
	case r.Violated != "":
		b.WriteString(": " + r.Violated)
	case len(r.Candidates) > 0:
		b.WriteString(": one of " + strings.Join(r.Candidates, ", "))
	case r.Outcome == OK:
		fmt.Fprintf(&b, ", %d distinct states, depth %d", r.Distinct, r.Depth)
	case r.Message != "":
		if r.Place != nil {
			fmt.Fprintf(&b, " at %s", r.Place)
		}
		b.WriteString(": " + firstLine(r.Message))
	}
	return b.String()
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

var beyond = regexp.MustCompile(`Overflow when computing|does not support|not supported|unsupported|not enumerable|can't enumerate|in the overridden value|cannot enumerate|too large|too many elements|StackOverflowError`)

// Beyond reports whether TLC could not evaluate something that has a value in
// TLA+: then nothing is known of it.
func (r *Result) Beyond() bool {
	return r.Outcome == EvaluationError && beyond.MatchString(r.Message) ||
		r.Outcome == OutOfMemory && strings.HasPrefix(r.Message, stackOverflow)
}

// LeftOpen reports whether TLC has ended because a step says nothing of the next
// value of a variable.
func (r *Result) LeftOpen(variable string) bool {
	_, names, found := strings.Cut(r.Message, "not assigned: ")
	return found && strings.Contains(names, variable)
}
