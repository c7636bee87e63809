package tlc

import (
	"regexp"
	"slices"
	"strings"
)

var (
	violatedName = regexp.MustCompile(`^(?:Invariant|Action property|Temporal property|Property|Evaluating invariant|Evaluating action property) (.+?) (?:is violated|was violated|failed|is false)`)
	outOfMemory  = regexp.MustCompile(`StackOverflowError|OutOfMemoryError|Java heap space|GC overhead limit exceeded`)
	// preamble is what TLC says of every exception before it says which.
	preamble  = regexp.MustCompile(`(?s)^TLC threw an unexpected exception\..*?The exception was an? [\w.$]+\n: `)
	plainName = regexp.MustCompile(`^\w+(?:!\w+)*$`)
)

// stackOverflow is what Java calls a stack that is full. TLC fails on one expression then; it
// has memory for others.
const stackOverflow = "StackOverflowError"

// judge turns the first error into an outcome.
func (l *listener) judge(stderr string) {
	r, m := &l.r, l.failed
	r.Message = strings.TrimSpace(preamble.ReplaceAllString(m.text, "")) + l.more.String()
	r.Outcome = l.outcome(m)
	if r.Outcome == OutOfMemory && strings.Contains(r.Message, stackOverflow) { // Java adds a thousand lines
		r.Message = stackOverflow + ": a recursion does not end, or is too deep for TLC's stack"
	}
	switch r.Outcome {
	case SpecError:
		if said := strings.TrimSpace(l.parserText.String()); said != "" {
			r.Message = said
			if lines := strings.TrimSpace(stderr); lines != "" {
				r.Message += "\n" + lines
			}
		}
		r.Place = findPlace(r.Message, l.job.Config)
		if wrong := syntaxErrors(r.Message); len(wrong) > 0 {
			r.Message = strings.Join(wrong, "\n")
		}
	case InvariantViolated, PropertyViolated:
		l.blame(m)
	default:
		r.Place = findPlace(r.Message, l.job.Config)
	}
	l.stateInText(m.text)
}

// outcome goes by the message first: exit codes are coarser, and 13 is said of
// any property, 10 also of an ASSUME that cannot be evaluated.
func (l *listener) outcome(m *message) Outcome {
	switch {
	case m.has(systemOutOfMemory, systemOutOfMemoryInit, systemOutOfMemoryLive, systemStackOverflow):
		return OutOfMemory
	case m.code == general && outOfMemory.MatchString(m.text):
		return OutOfMemory
	case m.has(assertFailed):
		return AssertionFailed
	case m.code == deadlockReached:
		return Deadlock
	case m.code == assumptionFalse:
		return AssumptionFailed
	case m.has(invariantInitial, propertyInitial, invariantBehavior, actionProperty, temporalProperty):
		return l.violation(m)
	case m.code == parsingFailed, m.code == parsingFailed2, m.code == integerTooBig, isConfigError(m):
		return SpecError
	}
	if m.code >= moduleFirst && m.code <= moduleLast {
		return EvaluationError // TLC exits with 255, as if it had crashed
	}
	switch l.r.ExitCode {
	case exitSpecParse, exitConfigParse:
		return SpecError
	case exitAssumption, exitSpecEvaluation, exitSafetyEvaluation, exitLivenessEvaluation, exitStateSpaceTooLarge:
		return EvaluationError
	}
	if m.code == general && !l.parsed {
		return SpecError // a configuration that its reader stumbled over
	}
	// What TLC did not expect is mostly an expression that makes no sense,
	// thrown as a plain RuntimeException; anything else is a fault of its own.
	if m.code == general && strings.Contains(m.text, "The exception was a java.lang.RuntimeException") {
		return EvaluationError
	}
	return Crashed
}

// isConfigError covers what TLC finds in the configuration alone, and where the
// configuration does not fit the spec.
func isConfigError(m *message) bool {
	inFile := func(code int) bool { return code >= configFileFirst && code <= configFileLast }
	switch {
	case m.code == invariantLevel, m.code == configNoOperator, m.code == configNotConstant, inFile(m.code):
		return true
	case m.code >= configFirst && m.code <= configLast:
		return true
	}
	return m.code == general && slices.ContainsFunc(m.inner, inFile)
}

// violation tells invariants and properties apart. TLC checks a property of the
// form []P as an invariant, and calls it one.
func (l *listener) violation(m *message) Outcome {
	if !m.has(invariantInitial, invariantBehavior) {
		return PropertyViolated
	}
	if name := nameIn(m.text); slices.Contains(l.r.Invariants, name) || !slices.Contains(l.r.Properties, name) && name != "" {
		return InvariantViolated
	}
	return PropertyViolated
}

func nameIn(text string) string {
	if found := violatedName.FindStringSubmatch(firstLine(text)); found != nil && plainName.MatchString(found[1]) {
		return found[1]
	}
	return ""
}

// blame finds out what is violated. TLC names an invariant or property that
// the configuration names, but of a refinement only the place of the part that
// does not hold, and of liveness nothing at all.
func (l *listener) blame(m *message) {
	r := &l.r
	name := nameIn(m.text)
	switch {
	case slices.Contains(r.Invariants, name) || slices.Contains(r.Properties, name):
		r.Violated = name
	case r.Outcome == PropertyViolated && len(r.Properties) == 1:
		r.Violated = r.Properties[0]
	case r.Outcome == PropertyViolated:
		r.Candidates = slices.Clone(r.Properties)
	default:
		r.Violated = name
	}
	if r.Place = findPlace(firstLine(m.text), l.job.Config); r.Place != nil && r.Place.Line == 0 {
		r.Place = nil
	}
}

// stateInText reads the state that an error in the initial state is told with.
func (l *listener) stateInText(text string) {
	if len(l.r.Trace) > 0 {
		return
	}
	_, body, found := strings.Cut(text, "initial state:\n")
	if !found {
		return
	}
	l.r.Trace = []State{{Number: 1, Vars: parseVars(body), Text: strings.TrimRight(body, "\n")}}
}
