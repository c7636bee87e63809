package explain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
)

// opens reports whether e applies a definition of the spec whose parts can be
// instrumented.
func (t *instrumenter) opens(e *sany.Expr, f frame) bool {
	if e.Kind != "OpApplNode" || e.Op == nil {
		return false
	}
	d := opened(e.Op)
	if d.Kind != "UserDefinedOpKind" || d.Body == nil || d.Recur ||
		d.Body.Kind == "SubstInNode" || !t.Has(d.At) || slices.Contains(t.overridden, d.Name) ||
		slices.Contains(t.open, d) || len(e.Op.Params) != len(e.Args) {
		return false
	}
	if own := len(e.Op.Params) - len(d.Params); own < 0 || own > 0 && strings.Count(e.Op.Name, "!") != 1 {
		return false // which INSTANCE of several has the parameters?
	}
	// Its operators stand behind it, so the definition must come before this one. Those of a
	// LET stand with the others of the definition around it.
	if d.Local && f.letOf(d) < 0 || !d.Local && d.At.Module == f.def.At.Module && d.At.Line >= f.def.At.Line {
		return false
	}
	for _, a := range e.Args {
		if a.Level > 1 || !t.Has(a.At) {
			return false
		}
	}
	_, plain := frameOf(d)
	return plain
}

// letOf is the number of the innermost LET that defines d; -1 if none here does.
func (f frame) letOf(d *sany.Symbol) int {
	for i, l := range slices.Backward(f.lets) {
		begins := cmp.Or(d.At.Line-l.at.Line, d.At.Column-l.at.Column) >= 0
		ends := cmp.Or(d.At.EndLine-l.at.EndLine, d.At.EndOfIt-l.at.EndOfIt) <= 0
		if d.At.Module == l.at.Module && begins && ends {
			return i
		}
	}
	return -1
}

// around is the context of the definitions in a LET, without their own parameters.
func (f frame) around(let int) frame {
	return frame{def: f.def, params: slices.Clone(f.params[:f.lets[let].after]), lets: slices.Clone(f.lets[:let+1])}
}

// opened is the definition whose parts are instrumented where d is applied. With
// S!A it is the definition A of the module that S instantiates.
func opened(d *sany.Symbol) *sany.Symbol {
	if d.Origin != nil {
		return d.Origin
	}
	return d
}

func (t *instrumenter) arguments(e *sany.Expr, f frame) []string {
	values := make([]string, len(e.Args))
	for i, a := range e.Args {
		values[i] = t.value(a, f)
	}
	return values
}

// inside applies an operator of the definition that e applies.
func (t *instrumenter) inside(e *sany.Expr, f frame, operator func(body *sany.Expr, f frame) string) string {
	d := opened(e.Op)
	t.open = append(t.open, d)
	defer func() { t.open = t.open[:len(t.open)-1] }()
	g, _ := frameOf(d)
	args := t.arguments(e, f)
	if d.Local {
		around := f.around(f.letOf(d))
		args = slices.Concat(around.params, args)
		g = around.with(g.params...)
	}
	name, _, _ := strings.Cut(operator(d.Body, g), "(")
	if d != e.Op { // the operator stands in the instantiated module; S(x)!A(y) has the arguments x and y
		own := len(e.Op.Params) - len(d.Params)
		instance := e.Op.Name[:strings.LastIndex(e.Op.Name, "!")]
		name, args = call(instance, args[:own]...)+"!"+name, args[own:]
	}
	return instrumented(name, args)
}

// arms evaluates the conditions of a CASE in their order, and goes on in the arm
// of the first that is TRUE.
func (t *instrumenter) arms(e *sany.Expr, f frame, goOn func(arm *sany.Expr) string) string {
	text := "TRUE"
	for _, arm := range slices.Backward(e.Args) {
		switch {
		case len(arm.Args) != 2:
			return "TRUE"
		case !t.Has(arm.Args[0].At) || arm.Args[0].Text == "$Other":
			text = goOn(arm.Args[1])
		default:
			text = fmt.Sprintf("(%s /\\ IF %s THEN %s ELSE %s)", t.condition(arm.Args[0], f), t.value(arm.Args[0], f), goOn(arm.Args[1]), text)
		}
	}
	return text
}
