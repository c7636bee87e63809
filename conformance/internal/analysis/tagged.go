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
			kinds, endless := y.membersOf(e.Args[1], nil)
			if !endless {
				kinds = nil
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

// membersOf says of what kinds the members of a set are, in the words of Compare.tla, and
// whether the set is endless. There are no kinds if they are not known.
func (y *Analysis) membersOf(e *sany.Expr, within []*sany.Symbol) (kinds []string, endless bool) {
	if e == nil {
		return nil, false
	}
	part := func(i int) ([]string, bool) {
		if i >= len(e.Args) {
			return nil, false
		}
		return y.membersOf(e.Args[i], within)
	}
	either := func(i, j int) ([]string, bool) {
		one, oneEndless := part(i)
		other, otherEndless := part(j)
		if one == nil || other == nil {
			return nil, false
		}
		return append(slices.Clone(one), other...), oneEndless || otherEndless
	}
	switch name := e.Operator(); {
	case e.Kind == "LetInNode":
		return y.membersOf(e.Body, within)
	case slices.Contains([]string{"Nat", "Int"}, name) && slices.Contains([]string{"Naturals", "Integers"}, e.Op.At.Module):
		return []string{"number"}, !slices.Contains(y.Overridden, name)
	case name == "..":
		return []string{"number"}, false
	case name == "STRING":
		return []string{"string"}, true
	case name == "Seq" && e.Op.At.Module == "Sequences":
		return []string{"sequence"}, true
	case name == "$SetOfRcds":
		for _, pair := range e.Args {
			if len(pair.Args) == 2 {
				_, more := y.membersOf(pair.Args[1], within)
				endless = endless || more
			}
		}
		return []string{"function"}, endless
	case name == "$SetOfFcns" || name == "$CartesianProd":
		for i := range e.Args {
			_, more := part(i)
			endless = endless || more
		}
		return []string{"function", "sequence"}, endless
	case name == "$SetEnumerate" && len(e.Args) > 0 && !slices.ContainsFunc(e.Args, func(m *sany.Expr) bool { return m.Operator() != "$RcdConstructor" }):
		return []string{"function"}, false
	case name == `\union` || name == `\cup`:
		return either(0, 1)
	case name == "$IfThenElse":
		return either(1, 2)
	case name == `\`:
		return part(0)
	case name == "$SubsetOf" && len(e.Bounds) == 1:
		return y.membersOf(e.Bounds[0].Set, within)
	case e.Op != nil && e.Op.Kind == "UserDefinedOpKind" && e.Op.Body != nil:
		if slices.Contains(within, e.Op) || slices.Contains(y.Overridden, e.Op.Name) {
			return nil, false
		}
		return y.membersOf(e.Op.Body, append(slices.Clone(within), e.Op))
	}
	return nil, false
}
