package report

import (
	"slices"

	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
)

// Coverage says which parts of a spec the recorded traces exercise.
//
// TLC's own statistics omit a branch that was never evaluated if all branches
// beside it were evaluated as often as their parent. Therefore the checker
// marks the branches of a copy of the spec, and each mark prints a message when
// TLC first evaluates it during the replay.
type Coverage struct {
	Actions []Exercised `json:"actions"` // each step that the Steps module names
	// Branches are the arms of IF and CASE, the disjuncts, and the conclusions
	// of implications in all definitions that the actions use.
	Branches []Exercised `json:"branches"`
	Rules    []Exercised `json:"rules"`
	// Definitions are all definitions that the actions use, rules included.
	Definitions []Exercised `json:"definitions"`
	// Effects are the variables that each step assigns. An effect is exercised if
	// the variable ever had another value after the step than before it.
	Effects []Exercised `json:"effects"`
	// Unsure gives the reason if the coverage may be incomplete; "" if it is
	// complete.
	Unsure string `json:"unsure,omitempty"`
}

// Exercised is a part of the spec, and whether TLC evaluated it. A disjunct
// counts if it was true.
type Exercised struct {
	Name  string `json:"name"` // of the action or definition, or the branch's text
	Kind  string `json:"kind"` // action, rule, definition, THEN, ELSE, CASE, \/ or =>
	In    string `json:"in"`   // the definition that a branch is part of
	Place Place  `json:"place"`
	// From and Column are the line and column of the beginning, End and
	// EndColumn those of the end. Columns begin with 1. The Place of a
	// definition is that of its name.
	From      int   `json:"from"`
	Column    int   `json:"column"`
	End       Place `json:"end"`
	EndColumn int   `json:"endColumn"`
	Done      bool  `json:"done"`
	// Taken is the number of times that an action was taken; 0 for all other
	// parts.
	Taken int `json:"taken,omitempty"`

	At sany.Span `json:"-"`
}

// String names the part and its place.
func (e Exercised) String() string {
	switch e.Kind {
	case "effect":
		return e.Place.String() + ": the step " + e.In + " assigns " + e.Name
	case "action", "rule", "definition":
		return e.Place.String() + ": the " + e.Kind + " " + e.Name
	}
	return e.Place.String() + ": " + e.Kind + " " + tla.Clipped(e.Name) + ", in " + e.In
}

// span is the place of the whole part, which a kept result has, too.
func (e Exercised) span() sany.Span {
	return sany.Span{Line: e.From, Column: e.Column, EndLine: e.End.Line, EndOfIt: e.EndColumn}
}

// Missed lists the actions, rules and branches that were not exercised. It
// omits branches within a missed branch.
func (c *Coverage) Missed() []Exercised {
	var list []Exercised
	for _, some := range [][]Exercised{c.Actions, c.Rules, c.Branches} {
		for _, e := range some {
			within := slices.ContainsFunc(list, func(outer Exercised) bool {
				return outer.From > 0 && outer.Place.File == e.Place.File && sany.Inside(e.span(), outer.span())
			})
			if !e.Done && !within {
				list = append(list, e)
			}
		}
	}
	return list
}

// Exercised counts the exercised actions, rules and branches, and all of them.
func (c *Coverage) Exercised() (some, all int) {
	for _, list := range [][]Exercised{c.Actions, c.Rules, c.Branches} {
		for _, e := range list {
			if all++; e.Done {
				some++
			}
		}
	}
	return some, all
}
