package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/trace"
)

// Explanation says why a trace is refused.
type Explanation struct {
	Trace    string       `json:"trace"`
	Accepted int          `json:"accepted"` // how many steps are a behaviour of the spec
	Step     int          `json:"step"`     // the number of the first refused one
	Event    *trace.Event `json:"event,omitempty"`
	Reason   Reason       `json:"reason"`
	// Explored is what Explore says, if this is of one of its differences; ""
	// of a trace.
	Explored string `json:"explored,omitempty"`
	// Summary is the reason in a sentence.
	Summary string `json:"summary"`
	// Rules are the definitions of the spec, from the action inwards, in which
	// the reason lies.
	Rules []string `json:"rules,omitempty"`
	// At are the places of what decides: the comparisons that do not hold.
	At []string `json:"at,omitempty"`
	// Action is the action, or the invariant, part by part, as far as TLC
	// evaluates it.
	Action []*Finding `json:"action,omitempty"`
	// Fields are those in which the view differs.
	Fields []FieldDifference `json:"fields,omitempty"`
	// Origins say, of each variable on which the reason rests, since when it has
	// the value that it has.
	Origins []Origin `json:"origins,omitempty"`
	// State is the spec's state: that before the refused step or, if an
	// invariant is broken, the one that breaks it. States says how many such
	// states the spec may be in, of which this is one. Node is what of it belongs
	// to the acting node.
	State  []Variable `json:"state,omitempty"`
	Node   []Variable `json:"node,omitempty"`
	States int        `json:"states"`
	// Possible are the steps that the spec allows there. Of one that is possible
	// in very many ways there are some.
	Possible []PossibleStep `json:"possible,omitempty"`
	// Unnamed are the actions of the spec that are possible there, and that the
	// Steps module does not name, so that no trace can take them.
	Unnamed []string `json:"unnamed,omitempty"`
	// Shortest is the shortest trace found that is refused for the same reason;
	// nil if none is shorter, or none was looked for.
	Shortest *trace.Trace `json:"-"`
	// Lines are those of Shortest in the file.
	Lines []int `json:"shortest,omitempty"`
	// Hints are simple repairs with which the trace comes further.
	Hints []Hint `json:"hints,omitempty"`
	// Notes say what could not be explained, and why.
	Notes []string `json:"notes,omitempty"`

	Held      bool         `json:"-"` // all parts before the next state hold
	Decided   []*sany.Expr `json:"-"` // what decides
	Arguments []string     `json:"-"` // what is wrong with the step's arguments
	Breakable []string     `json:"-"` // the spec's rules that can be left out, for the text
}

// Finding is what one expression of the spec comes to.
type Finding struct {
	Text  string `json:"text"`
	Place string `json:"place,omitempty"`
	// Rule is the definition that the expression applies, if Parts are its.
	Rule string `json:"rule,omitempty"`
	// Value is as TLC prints it; "" if it was not evaluated as a whole.
	Value string `json:"value,omitempty"`
	// Next says that it speaks of the next state, and is not evaluated.
	Next bool `json:"next,omitempty"`
	// Error is why TLC cannot evaluate it.
	Error string     `json:"error,omitempty"`
	Parts []*Finding `json:"parts,omitempty"`

	Id     int        `json:"-"`
	Looked bool       `json:"-"` // Parts say why it has its value
	Bound  bool       `json:"-"`
	Expr   *sany.Expr `json:"-"`
}

// Variable is a variable of the spec with its value as TLC prints it.
type Variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// PossibleStep is a step that the spec allows.
type PossibleStep struct {
	Step string                 `json:"step"`
	Args map[string]trace.Value `json:"args"`

	View trace.Value `json:"-"` // after it
}

// FieldDifference is a field of a view. Expected or Logged is "" where the
// view does not have it.
type FieldDifference struct {
	Field    string `json:"field"`
	Expected string `json:"expected,omitempty"`
	Logged   string `json:"logged,omitempty"`
	// From is what the action says about the variables in the field.
	From []Assignment `json:"from,omitempty"`

	Value trace.Value `json:"-"` // Expected
}

func (x *Explanation) Note(format string, args ...any) {
	note := fmt.Sprintf(format, args...)
	if !slices.Contains(x.Notes, note) {
		x.Notes = append(x.Notes, note)
	}
}

// Deciders are those parts on which the value of the whole rests. In an action
// that is gone through, nothing rests on what holds.
func Deciders(parts []*Finding, walking bool) []*Finding {
	var looked []*Finding
	for _, f := range parts {
		if (f.Looked || f.Error != "") && !(walking && f.Value == "TRUE" && !f.Bound) {
			looked = append(looked, f)
		}
	}
	// In an action that is gone through, the last part is where it ended,
	// unless it is one of several branches that all end.
	if len(looked) > 1 && looked[0].Value == "" && !looked[0].Bound {
		for len(looked) > 1 && looked[0].ended() == "" {
			looked = looked[1:]
		}
	}
	return looked
}

// ended says at which part an action that was gone through ended; "" if it went
// through.
func (f *Finding) ended() string {
	if f.Value == "FALSE" || f.Error != "" {
		return f.Text
	}
	for _, p := range f.Parts {
		if f.Value == "" {
			if at := p.ended(); at != "" {
				return at
			}
		}
	}
	return ""
}

// Operands are the values that were compared.
func (f *Finding) Operands() string {
	var all []string
	for _, p := range f.Parts {
		if text := p.Text + " = " + tla.Short(p.Value); p.Value != "" && p.Text+" = "+p.Value != f.Text && !p.Looked && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return strings.Join(all, ", ")
}

// Hint is a simple repair of a trace with which it comes further. It is a guess
// at what went wrong, not a finding: other repairs may do as well.
type Hint struct {
	Repair string `json:"repair"`
	// Passes says that the whole trace is accepted then.
	Passes bool `json:"passes"`
	// More is how many lines behind the refused one are accepted then.
	More int `json:"more"`
	// Allowed says that the refused step is allowed then, but not with the view
	// that was logged.
	Allowed bool `json:"allowed,omitempty"`
	// Rules are those by which a step goes that is missing.
	Rules []string `json:"rules,omitempty"`
}

// Origin says since when a variable has its value.
type Origin struct {
	Variable string `json:"variable"`
	// Step is the number of the step that changed it last; 0 if none did.
	Step  int          `json:"step"`
	Event *trace.Event `json:"event,omitempty"`
	// From is what that step's action says about it.
	From []Assignment `json:"from,omitempty"`
	// Kept is the last step since that could have changed it and did not: its
	// action says what the variable becomes, and it becomes what it was. nil if
	// there is none.
	Kept *Origin `json:"kept,omitempty"`
}

// Assignment is a place where the spec says what a variable becomes.
type Assignment struct {
	Variable string `json:"variable"`
	Text     string `json:"text"`
	Place    string `json:"place"`
	// In is the definition in which it stands.
	In string `json:"in"`
	// Uses are the definitions by which it goes: those in it and in the
	// conditions under which it stands. Beside are others in the definition in
	// which it stands.
	Uses   []string `json:"uses,omitempty"`
	Beside []string `json:"beside,omitempty"`

	Unchanged bool `json:"-"` // it says that the variable stays as it is
}

// Names says in which part of the explanation a definition of the spec is
// named: "reason", where it is what does not hold or a part of that; "view",
// where a field that differs goes by it; "origin", where a value does on which
// the reason rests; "hint", where a step does that may be missing; "" if nowhere.
func (x *Explanation) Names(definition string) string {
	if slices.Contains(x.Rules, definition) {
		return "reason"
	}
	for _, f := range x.Fields {
		for _, a := range f.From {
			if slices.Contains(a.Uses, definition) || slices.Contains(a.Beside, definition) {
				return "view"
			}
		}
	}
	for _, o := range x.Origins {
		for _, a := range o.From {
			if slices.Contains(a.Uses, definition) || slices.Contains(a.Beside, definition) {
				return "origin"
			}
		}
		if o.Kept != nil && slices.ContainsFunc(o.Kept.From, func(a Assignment) bool { return slices.Contains(a.Uses, definition) }) {
			return "origin"
		}
	}
	for _, h := range x.Hints {
		if slices.Contains(h.Rules, definition) {
			return "hint"
		}
	}
	return ""
}
