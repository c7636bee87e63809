package explain

import (
	"fmt"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance/internal/analysis"
	"github.com/lockstep-tla/lockstep/conformance/internal/explore"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

// argument is an argument of a step in the Steps module: the set of an Arg, or
// an expression in the arguments of a Step.
type argument struct {
	name        string
	text, place string
	expr        *sany.Expr
	goesBy      []string // the definitions that the expression uses
}

// scope is a quantifier of the Steps module with the steps in it.
type scope struct {
	at    sany.Span
	steps []string
	args  []argument // the sets of its Args
}

// argumentOf returns the argument that the expression e gives.
func argumentOf(y *analysis.Analysis, s *sany.Sources, name string, e *sany.Expr) argument {
	return argument{name: name, text: s.Text(e.At), place: e.At.String(), expr: e, goesBy: y.Operators(e)}
}

// scopesOf returns the quantifiers around the Steps of some definitions.
func scopesOf(y *analysis.Analysis, s *sany.Sources, definitions []*sany.Symbol) []scope {
	var all []scope
	for _, site := range y.Steps() {
		if !slices.Contains(definitions, site.Definition) {
			continue
		}
		for _, outer := range site.Scope {
			if len(outer.Bounds) == 0 || !s.Has(outer.At) {
				continue
			}
			i := slices.IndexFunc(all, func(known scope) bool { return known.at == outer.At })
			if i < 0 {
				i = len(all)
				all = append(all, scope{at: outer.At, args: choices(y, s, outer)})
			}
			all[i].steps = append(all[i].steps, site.Step)
		}
	}
	return all
}

// choices returns the Args of a quantifier, including those in definitions that
// it applies.
func choices(y *analysis.Analysis, s *sany.Sources, quantifier *sany.Expr) []argument {
	var all []argument
	for _, b := range quantifier.Bounds {
		sany.WalkOver(b.Set, sany.Once(), func(e *sany.Expr) {
			if e.Operator() == "Arg" && len(e.Args) == 2 && e.Args[0].Text != "" && s.Has(e.Args[1].At) {
				all = append(all, argumentOf(y, s, e.Args[0].Text, e.Args[1]))
			}
		})
	}
	return all
}

// givenTo returns the arguments that a Step gives as expressions, one list for
// each Step of that name.
func givenTo(y *analysis.Analysis, s *sany.Sources, step string) [][]argument {
	var all [][]argument
	for _, site := range y.Steps() {
		if site.Step != step {
			continue
		}
		var one []argument
		sany.WalkOver(site.Args, sany.Nowhere, func(e *sany.Expr) {
			if e.Operator() == "$Pair" && len(e.Args) == 2 && s.Has(e.Args[1].At) {
				one = append(one, argumentOf(y, s, e.Args[0].Text, e.Args[1]))
			}
		})
		all = append(all, one)
	}
	return all
}

// outside is a recorded argument that is not in the set of its Arg.
type outside struct {
	name, set string
	scope     int // the scope of the Arg; -1 if it is unknown
}

// arguments reports the arguments of the rejected step that the spec does not
// allow.
func (h *collector) arguments(x *report.Explanation) {
	for _, o := range h.outside {
		from := argument{name: o.name}
		if o.scope >= 0 && o.scope < len(h.instrumenter.scopes) {
			s := h.instrumenter.scopes[o.scope]
			if !slices.Contains(s.steps, x.Event.Step) && !slices.Contains(s.steps, "") {
				continue // another step's
			}
			if i := slices.IndexFunc(s.args, func(a argument) bool { return a.name == o.name }); i >= 0 {
				from = s.args[i]
			}
		}
		noteOutside(x, from, o.set, "is none that the spec allows here:")
	}
	for _, args := range h.otherwise {
		if !h.otherArguments(x, args) {
			x.Note("the spec knows the step here with the arguments %s", tla.Short(args))
		}
	}
}

// otherArguments reports the arguments for which the spec has other values. It
// returns false if it cannot find them.
func (h *collector) otherArguments(x *report.Explanation, message string) bool {
	value, err := tlc.ParseValue(message)
	if err != nil {
		return false
	}
	want, err := explore.ArgsOf(value)
	if err != nil || len(want) != len(x.Event.Args) {
		return false
	}
	differ := 0
	for name, value := range x.Event.Args {
		spec, ok := want[name]
		if !ok {
			return false
		}
		if tla.Equal(spec, value) {
			continue
		}
		differ++
		from := argument{name: name}
		for _, one := range h.instrumenter.given[x.Event.Step] {
			if i := slices.IndexFunc(one, func(a argument) bool { return a.name == name }); i >= 0 && len(one) == len(want) {
				from = one[i]
			}
		}
		noteOutside(x, from, tla.Text(spec), "is another one in the spec:")
	}
	return differ > 0
}

// isSame says whether an expression is a value as it is written, with the members of sets in
// any order.
func isSame(expression, value string) bool {
	canonical := func(text string) string {
		if v, err := tlc.ParseValue(text); err == nil {
			if c, err := tla.CanonicalText(v); err == nil {
				return c
			}
		}
		return text
	}
	return canonical(expression) == canonical(value)
}

// noteOutside reports the values that the spec allows for an argument.
func noteOutside(x *report.Explanation, from argument, value, why string) {
	message := tla.Short(value)
	switch {
	case value == "" || from.text != "" && isSame(from.text, value): // of an endless set, or as written
		message = tla.Short(from.text)
	case from.text != "":
		message = tla.Short(from.text) + " is " + message
	}
	if by := x.RulesIn(from.goesBy); by != "" && len(x.Breakable) > 0 {
		message += ", by " + by
	}
	if from.expr != nil {
		message += " (" + from.place + ")"
		x.At = append(x.At, from.place)
	}
	logged := ""
	if v, ok := x.Event.Args[from.name]; ok {
		logged = " = " + tla.Short(tla.Text(v))
		noteNearest(x, from.text, v, value)
	}
	message = fmt.Sprintf("the argument %s%s %s %s", from.name, logged, why, message)
	if slices.Contains(x.Arguments, message) {
		return
	}
	x.Arguments = append(x.Arguments, message)
	if from.expr != nil {
		x.Decided = append(x.Decided, from.expr)
	}
}
