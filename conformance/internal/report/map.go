package report

import (
	"fmt"
)

// Map is a spec beside its code, as the sources of both have it.
type Map struct {
	Pattern string     `json:"pattern"`
	Spec    string     `json:"spec"`
	Package string     `json:"package,omitempty"`
	Steps   []MapStep  `json:"steps"`
	Rules   []MapRule  `json:"rules"`
	Fields  []MapField `json:"fields"` // of the view
	// SpecOnly is what only the spec has, and CodeOnly what only the code has,
	// each with what its source says of it.
	SpecOnly []MapOnly `json:"specOnly"`
	CodeOnly []MapOnly `json:"codeOnly"`
	// Problems says, a line each, where the two do not fit, or the code departs
	// from the form in which it can be checked.
	Problems []string `json:"problems"`
}

// MapStep is an action of the spec and the functions that take it.
type MapStep struct {
	Step   string    `json:"step"`
	Action string    `json:"action"` // as the Steps module calls it
	Place  MapPlace  `json:"place"`  // where the spec defines it
	Code   []MapCode `json:"code"`
	// World says that the code under test does not take this step: it happens
	// to it, and those who drive the code record it.
	World  bool   `json:"world,omitempty"`
	Reason string `json:"reason,omitempty"` // why it is on one side only
}

// MapRule is a rule and the functions that carry it.
type MapRule struct {
	Rule  string    `json:"rule"`
	Text  string    `json:"text"` // its definition, or the beginning of it
	Place MapPlace  `json:"place"`
	Code  []MapCode `json:"code"`
	Says  string    `json:"says"` // what the code without it does
}

// MapField is a field of the view.
type MapField struct {
	Field string   `json:"field"`
	Spec  string   `json:"spec"` // the expression
	Place MapPlace `json:"place"`
	Code  string   `json:"code"` // what the code takes it from
	In    MapPlace `json:"in"`
}

// MapOnly is something that one of the two does not have.
type MapOnly struct {
	Name   string   `json:"name"`
	Kind   string   `json:"kind"` // variable, action or method
	Place  MapPlace `json:"place"`
	Reason string   `json:"reason"`
}

// MapPlace is a place in a source.
type MapPlace struct {
	File string `json:"file"`
	Line int    `json:"line"`
}

func (p MapPlace) String() string {
	if p.File == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// MapCode is a function.
type MapCode struct {
	Name  string   `json:"name"` // Core.Acknowledge
	Place MapPlace `json:"place"`
	// Records is false if another function than this records the step.
	Records bool `json:"records,omitempty"`
}
