package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/trace"
)

// Explanation says why a trace is rejected.
type Explanation struct {
	Trace    string       `json:"trace"`
	Accepted int          `json:"accepted"` // the number of accepted steps
	Step     int          `json:"step"`     // the number of the first refused one
	Event    *trace.Event `json:"event,omitempty"`
	Reason   Reason       `json:"reason"`
	// Explored is the message of Explore if the explanation is for one of its
	// differences; "" for a trace.
	Explored string `json:"explored,omitempty"`
	// Summary is the reason in a sentence.
	Summary string `json:"summary"`
	// Rules are the spec's definitions that contain the false part, from the
	// action inwards.
	Rules []string `json:"rules,omitempty"`
	// At are the places of the comparisons that are false.
	At []string `json:"at,omitempty"`
	// Action is the action, or the invariant, part by part, as far as TLC
	// evaluates it.
	Action []*Finding `json:"action,omitempty"`
	// Fields are the fields in which the view differs.
	Fields []FieldDifference `json:"fields,omitempty"`
	// Nearest are, where a record is not in a set such as the messages, the members
	// of the set that are most like it.
	Nearest []Nearest `json:"nearest,omitempty"`
	// Origins say which step gave its value to each variable in the false part.
	Origins []Origin `json:"origins,omitempty"`
	// State is the spec's state before the rejected step, or the state that
	// breaks the invariant. States is the number of states that the spec may be
	// in there; State is one of them. Node is the part of State that belongs to
	// the acting node.
	State  []Variable `json:"state,omitempty"`
	Node   []Variable `json:"node,omitempty"`
	States int        `json:"states"`
	// Possible lists the steps that the spec allows there; only some, if a step
	// is possible with many arguments.
	Possible []PossibleStep `json:"possible,omitempty"`
	// Unnamed lists the actions that are possible there and that the Steps
	// module does not name. No trace can take them.
	Unnamed []string `json:"unnamed,omitempty"`
	// Shortest is the shortest trace that was found with the same reason; nil
	// if no shorter one was found or looked for.
	Shortest *trace.Trace `json:"-"`
	// Lines are the lines of Shortest in the file.
	Lines []int `json:"shortest,omitempty"`
	// Hints are simple repairs with which more of the trace is accepted.
	Hints []Hint `json:"hints,omitempty"`
	// Notes say which facts could not be found out, and why.
	Notes []string `json:"notes,omitempty"`

	Held      bool         `json:"-"` // all parts before the next state hold
	Primed    bool         `json:"-"` // and the false part is about the next state
	Decided   []*sany.Expr `json:"-"` // the false comparisons
	Arguments []string     `json:"-"` // the faults of the step's arguments
	Breakable []string     `json:"-"` // the spec's rules, for the text
}

// Finding is an expression of the spec with its value.
type Finding struct {
	Text  string `json:"text"`
	Place string `json:"place,omitempty"`
	// Rule is the definition that the expression applies, if Parts are the
	// parts of its body.
	Rule string `json:"rule,omitempty"`
	// Value is the value as TLC prints it; "" if TLC did not evaluate the whole
	// expression.
	Value string `json:"value,omitempty"`
	// Next marks an expression about the next state, which is not evaluated.
	Next bool `json:"next,omitempty"`
	// Error is TLC's error for the expression.
	Error string     `json:"error,omitempty"`
	Parts []*Finding `json:"parts,omitempty"`

	Id     int        `json:"-"`
	Looked bool       `json:"-"` // Parts explain the value
	Bound  bool       `json:"-"`
	Expr   *sany.Expr `json:"-"`
}

// Variable is a variable of the spec with its value as TLC prints it.
type Variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	// Parts says in lines what has changed, where the variable had a value before.
	Parts []string `json:"parts,omitempty"`
}

// PossibleStep is a step that the spec allows.
type PossibleStep struct {
	Step string                 `json:"step"`
	Args map[string]trace.Value `json:"args"`

	View trace.Value `json:"-"` // after it
}

// FieldDifference is a field of a view. Expected or Logged is "" if that view
// does not have the field.
type FieldDifference struct {
	Field    string `json:"field"`
	Expected string `json:"expected,omitempty"`
	Logged   string `json:"logged,omitempty"`
	// Inside is where two records differ, if they do so in one place. Its Field
	// is the path from this field, such as n02.inc.
	Inside *FieldDifference `json:"-"`
	// From is what the action says about the variables in the field.
	From []Assignment `json:"from,omitempty"`

	Value trace.Value `json:"-"` // the value of Expected
}

// Nearest is the member of a set that is most like a record that is not in it.
type Nearest struct {
	Set    string                 `json:"set"` // its source
	Member map[string]trace.Value `json:"member"`
	Differ []FieldDifference      `json:"differ"`
	// Step is the number of the first step that has the member among its
	// arguments, or after which it is under way; 0 if that is not known.
	Step  int          `json:"step,omitempty"`
	Event *trace.Event `json:"event,omitempty"`
}

// Note adds a sentence to Notes, once.
func (x *Explanation) Note(format string, args ...any) {
	note := fmt.Sprintf(format, args...)
	if !slices.Contains(x.Notes, note) {
		x.Notes = append(x.Notes, note)
	}
}

// Deciders returns the parts that determine the value of the whole. In an
// action that is walked through, true parts determine nothing.
func Deciders(parts []*Finding, walking bool) []*Finding {
	var looked []*Finding
	for _, f := range parts {
		if (f.Looked || f.Error != "") && !(walking && f.Value == "TRUE" && !f.Bound) {
			looked = append(looked, f)
		}
	}
	// A walk through an action ends at its last part, unless that is one of
	// several branches that all end.
	if len(looked) > 1 && looked[0].Value == "" && !looked[0].Bound {
		for len(looked) > 1 && looked[0].ended() == "" {
			looked = looked[1:]
		}
	}
	return looked
}

// ended names the part at which the walk through an action ended; "" if the
// walk reached the end.
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

// Operands lists the values that were compared.
func (f *Finding) Operands() string {
	var all []string
	for _, p := range f.Parts {
		if text := p.Text + " = " + tla.Short(p.Value); p.Value != "" && p.Text+" = "+p.Value != f.Text && !p.Looked && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return strings.Join(all, ", ")
}

// Hint is a simple repair of a trace with which more of it is accepted. It is a
// guess at the cause: other repairs may work as well.
type Hint struct {
	Repair string `json:"repair"`
	// Passes says that the spec then accepts the whole trace.
	Passes bool `json:"passes"`
	// More is the number of lines after the rejected one that the spec then
	// accepts.
	More int `json:"more"`
	// Allowed says that the spec then allows the rejected step, but with
	// another view.
	Allowed bool `json:"allowed,omitempty"`
	// Rules are the rules that the action of a missing step uses.
	Rules []string `json:"rules,omitempty"`
}

// Origin names the step that gave a variable its value.
type Origin struct {
	Variable string `json:"variable"`
	// Step is the number of the step that changed the variable last; 0 if none
	// did.
	Step  int          `json:"step"`
	Event *trace.Event `json:"event,omitempty"`
	// From is what that step's action says about it.
	From []Assignment `json:"from,omitempty"`
	// Kept is the last later step whose action assigns the variable, but gave
	// it the value that it had; nil if there is none.
	Kept *Origin `json:"kept,omitempty"`
}

// Assignment is a place where the spec assigns a variable's next value.
type Assignment struct {
	Variable string `json:"variable"`
	Text     string `json:"text"`
	Place    string `json:"place"`
	// In is the definition that contains it.
	In string `json:"in"`
	// Uses are the definitions that the assignment and its conditions apply.
	// Beside are the other definitions that In applies.
	Uses   []string `json:"uses,omitempty"`
	Beside []string `json:"beside,omitempty"`

	Unchanged bool `json:"-"` // the assignment is an UNCHANGED
}

// names says whether the assignment stands in a definition or applies it.
func (a *Assignment) names(definition string) bool {
	return a.In == definition || slices.Contains(a.Uses, definition) || slices.Contains(a.Beside, definition)
}

// Names says which part of the explanation names a definition of the spec:
// "reason" if the definition contains the false part, "view" if it determines a
// field that differs, "origin" if it determined a value in the false part,
// "hint" if it belongs to a step that may be missing, "" if no part does.
func (x *Explanation) Names(definition string) string {
	if slices.Contains(x.Rules, definition) {
		return "reason"
	}
	for _, f := range x.Fields {
		for _, a := range f.From {
			if a.names(definition) {
				return "view"
			}
		}
	}
	for _, o := range x.Origins {
		for _, a := range o.From {
			if a.names(definition) {
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
