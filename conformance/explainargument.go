package conformance

import (
	"fmt"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

// argument is where the Steps module says what an argument of a step may be: by
// the set of an Arg, or by an expression in the arguments of a Step.
type argument struct {
	name        string
	text, place string
	expr        *expr
	goesBy      []string // the definitions on which the expression stands
}

// scope is a quantifier of the Steps module, with the steps that stand in it.
type scope struct {
	at    span
	steps []string
	args  []argument // what its Args choose from
}

// argument is one that is given by e.
func (y *study) argument(s *sources, name string, e *expr) argument {
	return argument{name: name, text: s.text(e.at), place: e.at.String(), expr: e, goesBy: y.operators(e)}
}

// scopes are the quantifiers around the Steps of some definitions.
func (y *study) scopes(s *sources, definitions []*symbol) []scope {
	var all []scope
	for _, site := range y.steps() {
		if !slices.Contains(definitions, site.definition) {
			continue
		}
		for _, outer := range site.scope {
			if len(outer.bounds) == 0 || !s.has(outer.at) {
				continue
			}
			i := slices.IndexFunc(all, func(known scope) bool { return known.at == outer.at })
			if i < 0 {
				i = len(all)
				all = append(all, scope{at: outer.at, args: y.choices(s, outer)})
			}
			all[i].steps = append(all[i].steps, site.step)
		}
	}
	return all
}

// choices are the Args of a quantifier, also those in definitions that it
// applies.
func (y *study) choices(s *sources, quantifier *expr) []argument {
	var all []argument
	for _, b := range quantifier.bounds {
		walkOver(b.set, once(), func(e *expr) {
			if e.operator() == "Arg" && len(e.args) == 2 && e.args[0].text != "" && s.has(e.args[1].at) {
				all = append(all, y.argument(s, e.args[0].text, e.args[1]))
			}
		})
	}
	return all
}

// given are the arguments that a Step says outright, one list for each Step of
// that name.
func (y *study) given(s *sources, step string) [][]argument {
	var all [][]argument
	for _, site := range y.steps() {
		if site.step != step {
			continue
		}
		var one []argument
		walkOver(site.args, nowhere, func(e *expr) {
			if e.operator() == "$Pair" && len(e.args) == 2 && s.has(e.args[1].at) {
				one = append(one, y.argument(s, e.args[0].text, e.args[1]))
			}
		})
		all = append(all, one)
	}
	return all
}

// outside is an argument that is not in the set of its Arg.
type outside struct {
	name, set string
	scope     int // in which the Arg stands; -1 if nobody knows
}

// arguments says which arguments of the refused step are none that the spec
// knows.
func (h *hearer) arguments(x *Explanation) {
	for _, o := range h.outside {
		from := argument{name: o.name}
		if o.scope >= 0 && o.scope < len(h.teller.scopes) {
			s := h.teller.scopes[o.scope]
			if !slices.Contains(s.steps, x.Event.Step) && !slices.Contains(s.steps, "") {
				continue // another step's
			}
			if i := slices.IndexFunc(s.args, func(a argument) bool { return a.name == o.name }); i >= 0 {
				from = s.args[i]
			}
		}
		x.outside(from, o.set, "is none that the spec allows here:")
	}
	for _, args := range h.otherwise {
		if !h.otherArguments(x, args) {
			x.note("the spec knows the step here with the arguments %s", short(args))
		}
	}
}

// otherArguments says which of the arguments are others in the spec. False means
// that it cannot say.
func (h *hearer) otherArguments(x *Explanation, said string) bool {
	value, err := tlc.ParseValue(said)
	if err != nil {
		return false
	}
	want, err := argsOf(value)
	if err != nil || len(want) != len(x.Event.Args) {
		return false
	}
	differ := 0
	for name, value := range x.Event.Args {
		spec, ok := want[name]
		if !ok {
			return false
		}
		if equal(spec, value) {
			continue
		}
		differ++
		from := argument{name: name}
		for _, one := range h.teller.given[x.Event.Step] {
			if i := slices.IndexFunc(one, func(a argument) bool { return a.name == name }); i >= 0 && len(one) == len(want) {
				from = one[i]
			}
		}
		x.outside(from, text(spec), "is another one in the spec:")
	}
	return differ > 0
}

// outside writes down what the spec says of an argument that it does not know.
func (x *Explanation) outside(from argument, value, why string) {
	said := short(value)
	if from.text != "" && from.text != value {
		said = short(from.text) + " is " + said
	}
	if by := x.rulesIn(from.goesBy); by != "" && len(x.breakable) > 0 {
		said += ", by " + by
	}
	if from.expr != nil {
		said += " (" + from.place + ")"
		x.At = append(x.At, from.place)
	}
	logged := ""
	if v, ok := x.Event.Args[from.name]; ok {
		logged = " = " + short(text(v))
	}
	said = fmt.Sprintf("the argument %s%s %s %s", from.name, logged, why, said)
	if slices.Contains(x.arguments, said) {
		return
	}
	x.arguments = append(x.arguments, said)
	if from.expr != nil {
		x.decided = append(x.decided, from.expr)
	}
}
