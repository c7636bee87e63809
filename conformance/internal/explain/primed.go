package explain

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/trace"
)

// Where all parts of an action hold that speak of the state before the step, a
// part about the next state is false. ExplainTake is the action once more, taken
// as TLC takes it, with a message before and behind each of these parts:
//
//	begin  the part comes next
//	passed it holds, and TLC goes on behind it
//	value  an operand, of a part that assigns nothing
//	end    TLC comes back to before the part
//
// A part between whose begin and end there is no passed is false.

// assigned are the variables that have their next value.
type assignedSet map[string]bool

func (s assignedSet) with(more assignedSet) assignedSet {
	all := maps.Clone(s)
	maps.Copy(all, more)
	return all
}

func (s assignedSet) and(other assignedSet) assignedSet {
	both := assignedSet{}
	for name := range s {
		if other[name] {
			both[name] = true
		}
	}
	return both
}

// take applies the operator that takes the action e, where the variables in done
// have their next value. It returns those that have it behind e.
func (t *instrumenter) take(e *sany.Expr, f frame, done assignedSet) (string, assignedSet) {
	after := t.assigns(e, done)
	key := strings.Join(tla.SortedKeys(done), ",")
	if _, ok := t.doneSets[key]; !ok {
		t.doneSets[key] = len(t.doneSets)
	}
	return t.define(fmt.Sprintf("Take%dAt", t.doneSets[key]), e, f, func() string { return "  " + t.taken(e, f, done) }), after
}

// taken is the body of ExplainTake.
func (t *instrumenter) taken(e *sany.Expr, f frame, done assignedSet) string {
	one := func(e *sany.Expr, f frame) string {
		text, _ := t.take(e, f, done)
		return text
	}
	name := e.Operator()
	switch {
	case e.Level <= 1:
		return t.value(e, f)
	case e.Kind == "LetInNode" && e.Body != nil:
		return one(e.Body, f.in(e, t.Sources))
	case slices.Contains(sany.AndNames, name):
		var all []string
		for _, p := range sany.Parts(e, sany.AndNames...) {
			var text string
			text, done = t.take(p, f, done)
			all = append(all, text)
		}
		return strings.Join(all, " /\\ ")
	case slices.Contains(sany.OrNames, name):
		var all []string
		for _, p := range sany.Parts(e, sany.OrNames...) {
			all = append(all, one(p, f))
		}
		return "(" + strings.Join(all, " \\/ ") + ")"
	case name == "$IfThenElse" && e.Args[0].Level <= 1:
		return fmt.Sprintf("(IF %s THEN %s ELSE %s)", t.value(e.Args[0], f), one(e.Args[1], f), one(e.Args[2], f))
	case name == "$BoundedExists" && len(e.Args) == 1:
		if text, inner, _, _ := t.over("\\E", e, f); text != "" {
			return "(" + text + one(e.Args[0], inner) + ")"
		}
	case t.opens(e, f):
		return t.inside(e, f, one)
	}
	return t.primed(e, f, done)
}

// primed is a part about the next state, with the messages.
func (t *instrumenter) primed(e *sany.Expr, f frame, done assignedSet) string {
	id := t.point(e).id
	var values strings.Builder
	if len(t.assigns(e, done)) == len(done) { // it compares
		for _, operand := range t.comparedIn(e) {
			if t.Has(operand.At) && t.known(operand, done) {
				p := t.point(operand)
				fmt.Fprintf(&values, " /\\ ExplainOperand(%d, %s)", p.id, t.value(operand, f))
			}
		}
	}
	return fmt.Sprintf("(ExplainBegin(%d) /\\ ((%s /\\ ExplainPassed(%d)) \\/ (TRUE%s /\\ ExplainEnd(%d))))",
		id, t.value(e, f), id, values.String(), id)
}

// comparedIn returns the operands of a comparison that do not stand there as
// numbers or strings.
func (t *instrumenter) comparedIn(e *sany.Expr) []*sany.Expr {
	if e.Kind != "OpApplNode" || e.Op == nil || strings.HasPrefix(e.Op.Name, "$") || e.Op.Name == "UNCHANGED" || t.Has(e.Op.At) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(e.Args), (*sany.Expr).Literal)
}

// known reports whether an expression can be evaluated: all variables that it
// speaks of in the next state have their value.
func (t *instrumenter) known(e *sany.Expr, done assignedSet) bool {
	known := true
	sany.WalkOver(e, sany.Once(), func(p *sany.Expr) {
		if p.Operator() == "'" && len(p.Args) == 1 {
			sany.WalkOver(p.Args[0], sany.Once(), func(v *sany.Expr) {
				known = known && (!sany.IsVariable(v.Op) || done[v.Op.Name])
			})
		}
	})
	return known
}

// assigns returns the variables that certainly have their next value behind e.
func (t *instrumenter) assigns(e *sany.Expr, done assignedSet) assignedSet {
	return t.assignedBy(e, done, nil)
}

func (t *instrumenter) assignedBy(e *sany.Expr, done assignedSet, within []*sany.Symbol) assignedSet {
	if e == nil || e.Level <= 1 {
		return done
	}
	name := e.Operator()
	switch {
	case e.Kind == "LetInNode":
		return t.assignedBy(e.Body, done, within)
	case slices.Contains(sany.AndNames, name):
		for _, p := range sany.Parts(e, sany.AndNames...) {
			done = t.assignedBy(p, done, within)
		}
		return done
	case slices.Contains(sany.OrNames, name):
		return t.everyOne(sany.Parts(e, sany.OrNames...), done, within)
	case name == "$IfThenElse":
		return t.everyOne(e.Args[1:], done, within)
	case name == "$BoundedExists" && len(e.Args) == 1:
		return t.assignedBy(e.Args[0], done, within)
	case (name == "=" || name == `\in`) && len(e.Args) == 2 && e.Args[0].Operator() == "'" && sany.IsVariable(e.Args[0].Args[0].Op):
		return done.with(assignedSet{e.Args[0].Args[0].Op.Name: true})
	case name == "UNCHANGED":
		more := assignedSet{}
		sany.WalkOver(e.Args[0], sany.Once(), func(v *sany.Expr) {
			if sany.IsVariable(v.Op) {
				more[v.Op.Name] = true
			}
		})
		return done.with(more)
	case e.Op != nil && opened(e.Op) == e.Op && e.Op.Body != nil && !slices.Contains(within, e.Op) && !slices.Contains(t.overridden, e.Op.Name):
		return t.assignedBy(e.Op.Body, done, append(slices.Clone(within), e.Op))
	}
	return done
}

// everyOne returns the variables that are assigned whichever of the parts is
// taken.
func (t *instrumenter) everyOne(parts []*sany.Expr, done assignedSet, within []*sany.Symbol) assignedSet {
	var all assignedSet
	for _, p := range parts {
		if one := t.assignedBy(p, done, within); all == nil {
			all = one
		} else {
			all = all.and(one)
		}
	}
	if all == nil {
		return done
	}
	return all
}

// taking follows the messages of ExplainTake.
type taking struct {
	open     []*report.Finding // the parts that TLC has begun
	passed   []bool            // of each of them
	furthest *report.Finding   // the false part behind most others that hold
	depth    int               // how many
}

// collect takes a message, and returns false if it is none of its own.
func (k *taking) collect(h *collector, about string, message []trace.Value) bool {
	if !slices.Contains([]string{"begin", "passed", "operand", "end"}, about) {
		return false
	}
	id := tla.NumberAt(message, 1)
	if h.instrumenter == nil || id < 0 || id >= len(h.instrumenter.points) {
		return true
	}
	last := len(k.open) - 1
	switch {
	case about == "begin":
		k.open, k.passed = append(k.open, h.finding(id)), append(k.passed, false)
	case last < 0:
	case about == "passed":
		k.passed[last] = true
	case about == "operand":
		f := h.finding(id)
		f.Value, _ = message[2].(string)
		k.open[last].Parts = append(k.open[last].Parts, f)
	case about == "end":
		if f := k.open[last]; !k.passed[last] && (k.furthest == nil || last > k.depth) {
			f.Value, f.Looked = "FALSE", true
			k.furthest, k.depth = f, last
		}
		k.open, k.passed = k.open[:last], k.passed[:last]
	}
	return true
}

// settle puts the false part about the next state into the place of the same part
// that was not evaluated. It returns false if there is none.
func (k *taking) settle(parts []*report.Finding) bool {
	if k.furthest == nil {
		return false
	}
	for i, f := range parts {
		if f.Next && f.Expr == k.furthest.Expr {
			parts[i] = k.furthest
			return true
		}
		if k.settle(f.Parts) {
			return true
		}
	}
	return false
}
