// Package report has the types of all results, with their text and JSON.
package report

import (
	"slices"

	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
)

// Report is all that a check found out about one pattern. As JSON it is what
// `lockstep check -json` prints.
type Report struct {
	Pattern string        `json:"pattern"`
	Verdict Outcome       `json:"verdict"`
	Model   ModelReport   `json:"model"`
	Replay  ReplayReport  `json:"replay"`
	Explore ExploreReport `json:"explore"`
	Rules   []*Rule       `json:"rules"`
	// Explained says whether the explanations of refused traces name the rule.
	Explained ExplainedReport `json:"explained"`
	Falsified FalsifiedReport `json:"lies"`
	Seconds   float64         `json:"seconds"` // that the check took when it was made
	// Cached says that the result is that of an earlier check of the same.
	Cached bool `json:"cached"`
	// Problems says, a line each, what keeps the verdict from being accepted.
	Problems []string `json:"problems,omitempty"`
}

// ModelReport is what TLC said of the spec's ordinary model.
type ModelReport struct {
	States     int      `json:"states"`
	Distinct   int      `json:"distinct"`
	Depth      int      `json:"depth"`
	Properties []string `json:"properties"` // what holds: invariants and properties, but for the next
	Liveness   []string `json:"liveness"`   // that something happens in the end
	Refines    []string `json:"refines"`    // the specs that it implements
	// Abstract are the other specs in the folder that were checked by themselves.
	Abstract []string `json:"abstract,omitempty"`
	// KnownViolations are the models that show what cannot be promised.
	KnownViolations []spec.KnownViolation `json:"limits,omitempty"`
}

// ReplayReport is what became of the recorded traces.
type ReplayReport struct {
	Traces   int `json:"traces"`
	Steps    int `json:"steps"`
	Accepted int `json:"accepted"`
	// Missing are the spec's steps that no recorded trace takes.
	Missing []string `json:"missing,omitempty"`
	// Coverage is what of the spec the accepted traces have exercised.
	Coverage *Coverage `json:"coverage,omitempty"`
	// Refused explains the first traces that were not accepted.
	Refused []*Explanation `json:"refused,omitempty"`
}

// ExploreReport is what came of driving the code along the bounded model.
type ExploreReport struct {
	Transitions int `json:"transitions"`
	Driven      int `json:"driven"`
	Refusals    int `json:"refusals"` // steps that the spec refuses, tried on the code
	// Differences are the first of each kind, explained.
	Differences []Difference `json:"differences,omitempty"`
}

// FalsifiedReport counts the falsified traces.
type FalsifiedReport struct {
	Made       int `json:"told"`
	Refused    int `json:"refused"`
	Equivalent int `json:"excused"`
}

// Gaps says, a line each, what is no reason for a verdict and yet worth a look:
// what of the spec no trace exercises, and which refusals of code without a rule
// are explained without the rule's name.
func (r *Report) Gaps() []string {
	gaps := slices.Clone(r.Explained.Without)
	if r.Replay.Coverage == nil {
		return gaps
	}
	for _, e := range r.Replay.Coverage.Missed() {
		gaps = append(gaps, "no trace exercises "+e.String())
	}
	if unsure := r.Replay.Coverage.Unsure; unsure != "" {
		gaps = append(gaps, "what the traces exercise may be more: "+unsure)
	}
	return gaps
}

// ExplainedReport counts the refusals of the code without its rules, and those
// of them whose explanation names the rule.
type ExplainedReport struct {
	Rejected  int `json:"rejected"`
	Explained int `json:"explained"`
	// Without says of each of the others, a line each, what its explanation is.
	// The code was caught all the same, so this is no reason for a verdict.
	Without []string `json:"without,omitempty"`
}
