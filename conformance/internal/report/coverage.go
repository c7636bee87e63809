package report

import (
	"slices"

	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
)

// Coverage is what recorded traces have exercised of a spec.
//
// TLC's own statistics leave out branches that were never evaluated, where all
// others beside them were evaluated as often as what they stand in. So the
// branches of a copy of the spec are marked, and a mark speaks when TLC first
// comes by it while it replays the traces.
type Coverage struct {
	Actions []Exercised `json:"actions"` // each step that the Steps module names
	// Branches are the arms of IF and CASE, the disjuncts, and what follows from
	// a premise, in all that the actions stand on.
	Branches []Exercised `json:"branches"`
	Rules    []Exercised `json:"rules"`
	// Definitions are all those that the actions stand on, rules included.
	Definitions []Exercised `json:"definitions"`
	// Unsure says why what was not seen may have been exercised all the same;
	// "" if it was not.
	Unsure string `json:"unsure,omitempty"`
}

// Exercised is a part of the spec, and whether it was evaluated. A disjunct must
// have held.
type Exercised struct {
	Name  string `json:"name"` // of the action or definition, or the branch's text
	Kind  string `json:"kind"` // action, rule, definition, THEN, ELSE, CASE, \/ or =>
	In    string `json:"in"`   // the definition that a branch is part of
	Place Place  `json:"place"`
	// From is the line, and Column the column, in which it begins; the Place of
	// a definition is where its name stands. End is where it ends. Columns begin
	// with 1.
	From      int   `json:"from"`
	Column    int   `json:"column"`
	End       Place `json:"end"`
	EndColumn int   `json:"endColumn"`
	Done      bool  `json:"done"`
	// Taken says how often an action was taken; 0 for all else.
	Taken int `json:"taken,omitempty"`

	At sany.Span `json:"-"`
}

// String says what it is and where.
func (e Exercised) String() string {
	switch e.Kind {
	case "action", "rule", "definition":
		return e.Place.String() + ": the " + e.Kind + " " + e.Name
	}
	return e.Place.String() + ": " + e.Kind + " " + tla.Clipped(e.Name) + ", in " + e.In
}

// Missed lists the actions, rules and branches that were never exercised. Of a
// branch that was not, those within it are left out.
func (c *Coverage) Missed() []Exercised {
	var list []Exercised
	for _, some := range [][]Exercised{c.Actions, c.Rules, c.Branches} {
		for _, e := range some {
			within := slices.ContainsFunc(list, func(outer Exercised) bool {
				return outer.At.Module == e.At.Module && outer.At.Module != "" && sany.Inside(e.At, outer.At)
			})
			if !e.Done && !within {
				list = append(list, e)
			}
		}
	}
	return list
}

// Exercised says how many of how many actions, rules and branches were
// exercised.
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
