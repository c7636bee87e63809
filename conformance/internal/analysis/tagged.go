package analysis

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
)

// TagArguments writes facts about each Arg into a copy of the sources, in the place of its
// name: <<name, steps, kinds>>. TLC ends with an error where it looks for a value in a set of
// another kind, and two steps may have an argument of one name. So the set is evaluated for
// the steps that the Arg stands around only; none are listed if they are not all known. The
// kinds are those of the members of an endless set, such as [n : Nat], of which TLC could not
// say so. They are empty for all others.
func (y *Analysis) TagArguments(s *sany.Sources) {
	around := y.stepsAround()
	done := map[sany.Span]bool{}
	for _, d := range y.Syntax.Symbols {
		sany.WalkOver(d.Body, sany.Nowhere, func(e *sany.Expr) {
			if !isWord(e, "Arg") || len(e.Args) != 2 || done[e.At] {
				return
			}
			name := e.Args[0].At
			if e.Args[0].Text == "" || !s.Has(name) || name.Line != name.EndLine {
				return
			}
			done[e.At] = true
			var kinds []string
			if members := y.shapeOf(e.Args[1], nil); members != nil && members.endless {
				kinds = members.kinds
			}
			s.Before(name.Module, name.Line, name.Column, strings.Repeat(" ", name.Column-1)+"<<")
			s.After(name, fmt.Sprintf("%s, %s, %s>>", strings.Repeat(" ", name.EndOfIt), textSet(around[e]), textSet(kinds)))
		})
	}
}

// isWord says whether an expression applies a word of the module Steps.
func isWord(e *sany.Expr, word string) bool {
	return e.Operator() == word && e.Op.At.Module == "Steps"
}

func textSet(list []string) string {
	texts := make([]string, len(list))
	for i := range list {
		texts[i] = tla.Text(list[i])
	}
	return "{" + strings.Join(texts, ", ") + "}"
}

// stepsAround lists, for each Arg that is the set of a quantifier, the steps in the
// quantifier's scope. Nothing is known if a Step is handed over as an argument.
func (y *Analysis) stepsAround() map[*sany.Expr][]string {
	around, handedOver := map[*sany.Expr][]string{}, false
	for _, d := range y.Syntax.Symbols {
		sany.WalkOver(d.Body, sany.Nowhere, func(e *sany.Expr) {
			if e.Op != nil && e.Op.Kind == "UserDefinedOpKind" && !isWord(e, "Step") {
				for _, arg := range e.Args {
					steps, _ := stepsIn(arg, sany.Once())
					handedOver = handedOver || len(steps) > 0
				}
			}
			for _, b := range e.Bounds {
				if e.Operator() != "$BoundedExists" || len(e.Args) != 1 || b.Set == nil || !isWord(b.Set, "Arg") {
					continue
				}
				if steps, known := stepsIn(e.Args[0], sany.Once()); known {
					around[b.Set] = steps
				}
			}
		})
	}
	if handedOver {
		return nil
	}
	return around
}

// stepsIn lists the steps that an expression names, directly or by what it applies. It
// returns false if there may be others.
func stepsIn(e *sany.Expr, enter func(d *sany.Symbol) bool) (steps []string, known bool) {
	if e == nil {
		return nil, true
	}
	if isWord(e, "Step") {
		return []string{e.Args[0].Text}, e.Args[0].Text != ""
	}
	known = e.Kind != "SubstInNode"
	add := func(part *sany.Expr) {
		more, all := stepsIn(part, enter)
		for _, name := range more {
			if !slices.Contains(steps, name) {
				steps = append(steps, name)
			}
		}
		known = known && all
	}
	for _, part := range e.Args {
		add(part)
	}
	add(e.Body)
	if e.Op != nil && e.Op.Body != nil && enter(e.Op) {
		add(e.Op.Body)
	}
	return steps, known
}
