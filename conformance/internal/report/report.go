// Package report has the types of all results, with their text and JSON.
package report

import (
	"slices"

	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
)

// Report has all results of the check of one pattern. As JSON it is what
// `lockstep check -json` prints.
type Report struct {
	Pattern string        `json:"pattern"`
	Verdict Outcome       `json:"verdict"`
	Model   ModelReport   `json:"model"`
	Replay  ReplayReport  `json:"replay"`
	Explore ExploreReport `json:"explore"`
	Rules   []*Rule       `json:"rules"`
	// Explained counts the explanations that name the broken rule.
	Explained ExplainedReport `json:"explained"`
	Falsified FalsifiedReport `json:"lies"`
	Seconds   float64         `json:"seconds"` // the time of the check when it was made
	// Cached says that the result was kept from an earlier, equal check.
	Cached bool `json:"cached"`
	// Problems lists, a line each, the reasons why the verdict is not Accepted.
	Problems []string `json:"problems,omitempty"`
}

// ModelReport is TLC's result for the spec's ordinary model.
type ModelReport struct {
	States     int      `json:"states"`
	Distinct   int      `json:"distinct"`
	Depth      int      `json:"depth"`
	Properties []string `json:"properties"` // the invariants and properties that hold, without the next two
	Liveness   []string `json:"liveness"`   // the liveness properties that hold
	Refines    []string `json:"refines"`    // the specs that this one refines
	// Reaches are what the model must come to, and does unless the report says otherwise.
	Reaches []string `json:"reaches,omitempty"`
	// Further are the small models beside the ordinary one. The counts above are without them.
	Further []string `json:"further,omitempty"`
	// Abstract are the other specs in the folder, which were checked by themselves.
	Abstract []string `json:"abstract,omitempty"`
	// KnownViolations are the models that show which properties the spec cannot
	// have.
	KnownViolations []spec.KnownViolation `json:"limits,omitempty"`
}

// ReplayReport is the result of replaying the recorded traces.
type ReplayReport struct {
	Traces   int `json:"traces"`
	Steps    int `json:"steps"`
	Accepted int `json:"accepted"`
	// Missing lists the spec's steps that no recorded trace takes.
	Missing []string `json:"missing,omitempty"`
	// Coverage says which parts of the spec the accepted traces exercise.
	Coverage *Coverage `json:"coverage,omitempty"`
	// Refused explains the first rejected traces.
	Refused []*Explanation `json:"refused,omitempty"`
}

// ExploreReport is the result of driving the code along the bounded model.
type ExploreReport struct {
	Transitions int `json:"transitions"`
	Driven      int `json:"driven"`
	Refusals    int `json:"refusals"` // steps that the spec does not allow, tried on the code
	// Coverage says which parts of the spec the bounded model exercises.
	Coverage *Coverage `json:"coverage,omitempty"`
	// Differences are the first difference of each kind, explained.
	Differences []Difference `json:"differences,omitempty"`
}

// FalsifiedReport counts the mutants of accepted traces.
type FalsifiedReport struct {
	Made    int `json:"told"`
	Refused int `json:"refused"`
	// Equivalent were accepted, and TLC shows that they make no difference.
	Equivalent int `json:"equivalent"`
	// ByHand were accepted, and the pattern lists the reason.
	ByHand int `json:"excused"`
}

// Gaps lists, a line each, shortcomings that do not change the verdict: parts
// of the spec that no trace exercises, and refusals of broken code whose
// explanation does not name the rule.
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

// BlindSpots says, a line each, what the check cannot notice a fault in: branches of
// the spec that the bounded model never takes, and assignments that never made a
// difference, neither in the traces nor in the bounded model.
func (r *Report) BlindSpots() []string {
	model, traces := r.Explore.Coverage, r.Replay.Coverage
	if model == nil || traces == nil {
		return nil
	}
	var spots []string
	for _, e := range model.Missed() {
		spots = append(spots, "the explored model never exercises "+e.String())
	}
	for i, e := range traces.Effects {
		inModel := i < len(model.Effects) && model.Effects[i].Done
		switch {
		case e.Done && inModel:
		case e.Done:
			spots = append(spots, e.String()+", which makes no difference in the explored model")
		case inModel:
			spots = append(spots, e.String()+", which makes no difference in any trace")
		default:
			spots = append(spots, e.String()+", which makes no difference anywhere")
		}
	}
	if model.Unsure != "" {
		spots = append(spots, "what the explored model exercises may be more: "+model.Unsure)
	}
	return spots
}

// ExplainedReport counts the refusals of code with a broken rule, and how many
// of their explanations name the rule.
type ExplainedReport struct {
	Rejected  int `json:"rejected"`
	Explained int `json:"explained"`
	// Without lists, a line each, the explanations that do not name the rule.
	// The broken rule was detected all the same, so they do not change the
	// verdict.
	Without []string `json:"without,omitempty"`
}
