package report

import (
	"fmt"
)

// CrossReference lists the elements of a spec beside those of its code.
type CrossReference struct {
	Pattern string     `json:"pattern"`
	Spec    string     `json:"spec"`
	Package string     `json:"package,omitempty"`
	Steps   []StepRow  `json:"steps"`
	Rules   []RuleRow  `json:"rules"`
	Fields  []FieldRow `json:"fields"` // of the view
	// SpecOnly lists what only the spec has and CodeOnly what only the code
	// has, each with its comment in the source.
	SpecOnly []OneSided `json:"specOnly"`
	CodeOnly []OneSided `json:"codeOnly"`
	// Problems lists, a line each, where spec and code do not fit, and where
	// the code departs from the form of a core.
	Problems []string `json:"problems"`
}

// StepRow is an action of the spec with the functions that take it.
type StepRow struct {
	Step   string     `json:"step"`
	Action string     `json:"action"` // as the Steps module calls it
	Place  Place      `json:"place"`  // where the spec defines it
	Code   []Function `json:"code"`
	// Environment marks a step that the code under test does not take, such as
	// a crash. The code's driver records it.
	Environment bool   `json:"world,omitempty"`
	Reason      string `json:"reason,omitempty"` // why it is on one side only
}

// RuleRow is a rule with the functions that implement it.
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

// OneSided is an element that only the spec or only the code has.
type OneSided struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"` // variable, action or method
	Place  Place  `json:"place"`
	Reason string `json:"reason"`
}

// Place is a line in a source file.
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

// Function is a function of the code.
type Function struct {
	Name  string `json:"name"` // Core.Acknowledge
	Place Place  `json:"place"`
	// Records is false if another function records the step.
	Records bool `json:"records,omitempty"`
}
