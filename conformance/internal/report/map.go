package report

import (
	"fmt"
)

// CrossReference is a spec beside its code, as the sources of both have it.
type CrossReference struct {
	Pattern string     `json:"pattern"`
	Spec    string     `json:"spec"`
	Package string     `json:"package,omitempty"`
	Steps   []StepRow  `json:"steps"`
	Rules   []RuleRow  `json:"rules"`
	Fields  []FieldRow `json:"fields"` // of the view
	// SpecOnly is what only the spec has, and CodeOnly what only the code has,
	// each with what its source says of it.
	SpecOnly []OneSided `json:"specOnly"`
	CodeOnly []OneSided `json:"codeOnly"`
	// Problems says, a line each, where the two do not fit, or the code departs
	// from the form in which it can be checked.
	Problems []string `json:"problems"`
}

// StepRow is an action of the spec and the functions that take it.
type StepRow struct {
	Step   string     `json:"step"`
	Action string     `json:"action"` // as the Steps module calls it
	Place  Place      `json:"place"`  // where the spec defines it
	Code   []Function `json:"code"`
	// Environment says that the code under test does not take this step: it happens
	// to it, and those who drive the code record it.
	Environment bool   `json:"world,omitempty"`
	Reason      string `json:"reason,omitempty"` // why it is on one side only
}

// RuleRow is a rule and the functions that carry it.
type RuleRow struct {
	Rule  string     `json:"rule"`
	Text  string     `json:"text"` // its definition, or the beginning of it
	Place Place      `json:"place"`
	Code  []Function `json:"code"`
	Says  string     `json:"says"` // what the code without it does
}

// FieldRow is a field of the view.
type FieldRow struct {
	Field string `json:"field"`
	Spec  string `json:"spec"` // the expression
	Place Place  `json:"place"`
	Code  string `json:"code"` // what the code takes it from
	In    Place  `json:"in"`
}

// OneSided is something that one of the two does not have.
type OneSided struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"` // variable, action or method
	Place  Place  `json:"place"`
	Reason string `json:"reason"`
}

// Place is a place in a source.
type Place struct {
	File string `json:"file"`
	Line int    `json:"line"`
}

func (p Place) String() string {
	if p.File == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// Function is a function.
type Function struct {
	Name  string `json:"name"` // Core.Acknowledge
	Place Place  `json:"place"`
	// Records is false if another function than this records the step.
	Records bool `json:"records,omitempty"`
}
