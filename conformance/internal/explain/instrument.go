package explain

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/analysis"
	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
)

// instrumentSteps puts the walking operators beside the actions that Step
// names, and returns for which of the wanted steps it did.
func instrumentSteps(y *analysis.Analysis, t *instrumenter, wanted map[string]bool) (holders []*sany.Symbol, found map[string]bool) {
	type place struct {
		at   sany.Span
		text string
	}
	var places []place
	found = map[string]bool{}
	if len(wanted) == 0 {
		return nil, found
	}
	for _, s := range y.Steps() {
		f, ok := frameOf(s.Definition)
		if !ok || !t.Has(s.Action.At) || !t.Has(s.Definition.At) || s.Step != "" && !wanted[s.Step] {
			continue
		}
		for _, outer := range s.Scope {
			if outer.Body != nil {
				f = f.in(outer, t.Sources)
			}
			for _, b := range outer.Bounds {
				for _, p := range b.Symbols {
					f = f.with(p.Name)
				}
			}
		}
		walk, _, _ := strings.Cut(t.walk(s.Action, f), "(")
		takes, _ := t.take(s.Action, f, assignedSet{})
		take, _, _ := strings.Cut(takes, "(")
		holders = append(holders, s.Definition)
		args := append([]string{"TRUE"}, f.params...)
		places = append(places, place{s.Action.At, "ExplainTried(" + call(walk, args...) + ") /\\ " + call(take, args...)})
		for name := range wanted {
			found[name] = found[name] || s.Step == "" || s.Step == name
		}
	}
	t.scopes, t.given = scopesOf(y, t.Sources, holders), map[string][][]argument{}
	for i, s := range t.scopes {
		// A quantifier, because a conjunction cannot stand beside a disjunction.
		t.Before(s.at.Module, s.at.Line, s.at.Column, fmt.Sprintf(
			`%s\E explainScope%d \in {IF ExplainHere THEN ExplainScope(%[2]d) ELSE TRUE} :`, strings.Repeat(" ", s.at.Column-1), i+1))
	}
	for name := range wanted {
		t.given[name] = givenTo(y, t.Sources, name)
	}
	for _, s := range places {
		t.Before(s.at.Module, s.at.Line, s.at.Column,
			strings.Repeat(" ", s.at.Column-1)+"IF ExplainHere THEN ("+s.text+") ELSE")
	}
	return holders, found
}

// instrumenter adds operators to the modules of a spec that print how its
// expressions evaluate. An expression of the spec gets up to five operators.
// Their arguments are the names in scope there:
//
//	ExplainValue  is the expression itself, by its own source
//	ExplainFalse  prints why it is FALSE, part by part
//	ExplainTrue   prints why it is TRUE
//	ExplainWalk   is for an action: it evaluates the parts in TLC's order and
//	              prints each value, and is FALSE if a part about the
//	              present state is FALSE
//	ExplainTake   is for an action, too: it takes it, and prints how far it comes
//
// They stand directly behind the definition that contains the expression, where
// every name has the same meaning. All except the first have one argument more,
// because TLC evaluates a constant without arguments only once, before the
// search.
type instrumenter struct {
	*sany.Sources
	truth      bool     // print the reasons for true parts too
	overridden []string // definitions that the model replaces, so that their source is unused
	points     []point
	scopes     []scope                 // the quantifiers around the steps in question
	given      map[string][][]argument // by step, its arguments
	blocks     map[*sany.Symbol]*strings.Builder
	order      []*sany.Symbol // of blocks
	made       map[string]string
	doneSets   map[string]int // numbers the sets of variables with which actions are taken
	open       []*sany.Symbol // the definitions that are being opened, to stop a recursion
}

// point is an expression whose value is printed.
type point struct {
	id     int
	text   string
	at     sany.Span
	rule   string // the definition that it applies, if it is opened
	next   bool   // it is about the next state, and is not evaluated
	refers bool   // it is the set of a quantifier
	expr   *sany.Expr
}

// frame is the context of an expression: the definition that contains it, and
// the names in scope.
type frame struct {
	def    *sany.Symbol
	params []string
	lets   []letIn
}

// letIn is a LET around an expression.
type letIn struct {
	text  string // up to IN
	after int    // the number of parameters that are bound outside of it
	at    sany.Span
}

// formal is the name of a parameter in an operator for the expression itself. A LET may
// bind a name within, and a quantifier inside the LET the same name again. There the
// parameter gets another name, and its own behind the LET: no name is declared within
// its own scope.
func (f frame) formal(i int) string {
	if len(f.lets) > 0 && i >= f.lets[0].after {
		return "explainOf_" + f.params[i]
	}
	return f.params[i]
}

// bound is what stands before an expression: the LETs around it and the parameters
// with another name, from the outside in.
func (f frame) bound() string {
	var text strings.Builder
	next := 0
	until := func(n int) {
		for ; next < n; next++ {
			if name := f.formal(next); name != f.params[next] {
				fmt.Fprintf(&text, "LET %s == %s IN\n", f.params[next], name)
			}
		}
	}
	for _, l := range f.lets {
		until(l.after)
		text.WriteString(l.text)
	}
	until(len(f.params))
	return text.String()
}

func (f frame) with(params ...string) frame {
	f.params = append(slices.Clone(f.params), params...)
	return f
}

func (f frame) in(let *sany.Expr, s *sany.Sources) frame {
	at := let.At
	at.EndLine, at.EndOfIt = let.Body.At.Line, let.Body.At.Column-1
	text := s.Block(at)
	// A bracket between IN and the body does not belong to the definitions.
	if end := strings.LastIndex(text, "IN"); end >= 0 {
		text = text[:end+2] + "\n"
	}
	f.lets = append(slices.Clone(f.lets), letIn{text, len(f.params), let.At})
	return f
}

func newInstrumenter(s *sany.Sources, overridden []string) *instrumenter {
	return &instrumenter{Sources: s, overridden: overridden, blocks: map[*sany.Symbol]*strings.Builder{}, made: map[string]string{}, doneSets: map[string]int{}}
}

func frameOf(d *sany.Symbol) (frame, bool) {
	f := frame{def: d}
	for _, p := range d.Params {
		if p == nil || p.Arity > 0 {
			return f, false
		}
		f.params = append(f.params, p.Name)
	}
	return f, true
}

func call(name string, params ...string) string {
	if len(params) == 0 {
		return name
	}
	return name + "(" + strings.Join(params, ", ") + ")"
}

const now = "explainNow" // the additional argument

func instrumented(name string, params []string) string {
	return call(name, append([]string{now}, params...)...)
}

// define writes an operator once, and returns its application.
func (t *instrumenter) define(kind string, e *sany.Expr, f frame, body func() string) string {
	key := fmt.Sprintf("%s %p %p", kind, f.def, e)
	params, formal := f.params, slices.Clone(f.params)
	if kind == "Value" {
		for i := range formal {
			formal[i] = f.formal(i)
		}
	} else {
		params = append([]string{now}, params...)
		formal = params
	}
	name, ok := t.made[key]
	if !ok {
		name = "Explain" + kind + strconv.Itoa(len(t.made)+1)
		t.made[key] = name
		text := body() // the operators that it applies must come first
		block, ok := t.blocks[f.def]
		if !ok {
			block = &strings.Builder{}
			t.blocks[f.def] = block
			t.order = append(t.order, f.def)
		}
		fmt.Fprintf(block, "%s ==\n%s\n", call(name, formal...), text)
	}
	return call(name, params...)
}

// value returns the operator for the expression itself.
func (t *instrumenter) value(e *sany.Expr, f frame) string {
	return t.define("Value", e, f, func() string { return f.bound() + t.Block(e.At) })
}

// point numbers an expression.
func (t *instrumenter) point(e *sany.Expr) *point {
	t.points = append(t.points, point{id: len(t.points), text: t.Text(e.At), at: e.At, expr: e})
	return &t.points[len(t.points)-1]
}

// is prints the value of the expression.
func (t *instrumenter) is(e *sany.Expr, f frame) string {
	p := t.point(e)
	return fmt.Sprintf("ExplainIs(%d, %s)", p.id, t.value(e, f))
}

// look prints the value of a formula and the reasons.
func (t *instrumenter) look(e *sany.Expr, f frame, truth bool) string {
	message := t.is(e, f)
	if t.opens(e, f) {
		t.points[len(t.points)-1].rule = e.Op.Name
	}
	return message + " /\\ ExplainWithin(" + t.why(e, f, truth) + ")"
}

// condition prints the value of a condition, for example of an IF.
func (t *instrumenter) condition(e *sany.Expr, f frame) string {
	message := t.is(e, f)
	if e.Kind != "OpApplNode" || e.Op == nil || e.Op.Kind != "BuiltInKind" || strings.HasPrefix(e.Op.Name, "$") {
		return message
	}
	return message + " /\\ ExplainAside(" + t.operands(e, f) + ")"
}

// why applies the operator that prints why e is TRUE, or FALSE.
func (t *instrumenter) why(e *sany.Expr, f frame, truth bool) string {
	if t.opens(e, f) {
		return t.inside(e, f, func(body *sany.Expr, g frame) string {
			if slices.Contains(sany.AndNames, body.Operator()) || slices.Contains(sany.OrNames, body.Operator()) {
				return t.why(body, g, truth)
			}
			return t.define(fmt.Sprintf("Body%t", truth), body, g, func() string { return "  " + t.look(body, g, truth) })
		})
	}
	kind := "False"
	if truth {
		kind = "True"
	}
	return t.define(kind, e, f, func() string { return "  " + t.reasons(e, f, truth) })
}

// reasons is the body of ExplainTrue or ExplainFalse.
func (t *instrumenter) reasons(e *sany.Expr, f frame, truth bool) string {
	switch name := e.Operator(); {
	case e.Kind == "LetInNode" && e.Body != nil:
		return t.look(e.Body, f.in(e, t.Sources), truth)
	case e.Kind != "OpApplNode":
		return "TRUE"
	case slices.Contains(sany.AndNames, name):
		return t.chain(sany.Parts(e, sany.AndNames...), f, truth, true)
	case slices.Contains(sany.OrNames, name):
		return t.chain(sany.Parts(e, sany.OrNames...), f, truth, false)
	case name == `\lnot`:
		return t.look(e.Args[0], f, !truth)
	case name == "=>" && !truth:
		return t.condition(e.Args[0], f) + " /\\ " + t.look(e.Args[1], f, false)
	case name == "=>":
		return fmt.Sprintf("IF %s THEN %s ELSE %s", t.value(e.Args[0], f), t.look(e.Args[1], f, true), t.look(e.Args[0], f, false))
	case name == "$IfThenElse":
		return fmt.Sprintf("%s /\\ IF %s THEN %s ELSE %s", t.condition(e.Args[0], f), t.value(e.Args[0], f),
			t.look(e.Args[1], f, truth), t.look(e.Args[2], f, truth))
	case name == "$Case":
		return t.arms(e, f, func(arm *sany.Expr) string { return t.look(arm, f, truth) })
	case name == "$BoundedExists" || name == "$BoundedForall":
		return t.quantified(e, f, truth)
	case strings.HasPrefix(name, "$"):
		return "TRUE"
	}
	return t.operands(e, f)
}

// chain evaluates the parts of a conjunction or disjunction in TLC's order, up
// to the first that decides.
func (t *instrumenter) chain(list []*sany.Expr, f frame, truth, conjunction bool) string {
	text := "TRUE"
	for _, e := range slices.Backward(list) {
		decides, goesOn := t.look(e, f, !conjunction), t.look(e, f, conjunction)
		if conjunction {
			if !truth { // a true part needs no reason if the question is why the whole is FALSE
				goesOn = t.is(e, f)
			}
			text = fmt.Sprintf("(IF %s THEN %s /\\ %s ELSE %s)", t.value(e, f), goesOn, text, decides)
		} else {
			if truth {
				goesOn = t.is(e, f)
			}
			text = fmt.Sprintf("(IF %s THEN %s ELSE %s /\\ %s)", t.value(e, f), decides, goesOn, text)
		}
	}
	return text
}

// over writes a quantifier with e's own bounds.
func (t *instrumenter) over(quantifier string, e *sany.Expr, f frame) (text string, inner frame, sets []string, names []string) {
	inner = f
	for _, b := range e.Bounds {
		if b.Set == nil {
			return "", f, nil, nil
		}
		var own []string
		for _, s := range b.Symbols {
			own = append(own, s.Name)
		}
		set := t.value(b.Set, f)
		sets = append(sets, t.is(b.Set, f))
		t.points[len(t.points)-1].refers = true
		if b.Tuple {
			text += quantifier + " <<" + strings.Join(own, ", ") + ">> \\in " + set + " : "
		} else {
			text += quantifier + " " + strings.Join(own, ", ") + " \\in " + set + " : "
		}
		names = append(names, own...)
	}
	return text, f.with(names...), sets, names
}

// bindings prints the values of names.
func bindings(names []string) string {
	var all []string
	for _, n := range names {
		all = append(all, fmt.Sprintf("ExplainBound(%q, %s)", n, n))
	}
	return strings.Join(all, " /\\ ")
}

// quantified prints the members for which a quantified formula has its value.
func (t *instrumenter) quantified(e *sany.Expr, f frame, truth bool) string {
	exists := e.Operator() == "$BoundedExists"
	quantifier := "\\E"
	if exists && !truth {
		quantifier = "\\A"
	}
	text, inner, sets, names := t.over(quantifier, e, f)
	if text == "" || len(e.Args) != 1 {
		return "TRUE"
	}
	message := strings.Join(sets, " /\\ ")
	if !exists && truth {
		return message
	}
	body := e.Args[0]
	within := t.why(body, inner, truth)
	if name := body.Operator(); !slices.Contains(sany.AndNames, name) && !slices.Contains(sany.OrNames, name) {
		within = t.look(body, inner, truth)
	}
	reason := bindings(names) + " /\\ ExplainWithin(" + within + ")"
	switch {
	case exists && truth:
		reason = t.value(body, inner) + " /\\ " + reason
	case !exists:
		reason = "~" + t.value(body, inner) + " /\\ " + reason
	}
	return message + " /\\ (" + text + reason + ")"
}

var arithmetic = []string{"+", "-", "*", "..", "\\div", "%"}

// operands prints the operands of a comparison.
func (t *instrumenter) operands(e *sany.Expr, f frame) string {
	var all []string
	var visit func(e *sany.Expr)
	visit = func(e *sany.Expr) {
		if e.Literal() || e.Level > 1 || !t.Has(e.At) || e.At.Line == 0 {
			return
		}
		if slices.Contains(arithmetic, e.Operator()) {
			for _, a := range e.Args {
				visit(a)
			}
		}
		all = append(all, t.is(e, f))
	}
	for _, a := range e.Args {
		visit(a)
	}
	if len(all) == 0 {
		return "TRUE"
	}
	return strings.Join(all, " /\\ ")
}

// walk applies the operator that walks through the parts of an action.
func (t *instrumenter) walk(e *sany.Expr, f frame) string {
	return t.define("Walk", e, f, func() string { return "  " + t.steps(e, f) })
}

// steps is the body of ExplainWalk.
func (t *instrumenter) steps(e *sany.Expr, f frame) string {
	name := e.Operator()
	switch {
	case e.Level <= 1:
		begins := fmt.Sprintf("ExplainAt(%d)", len(t.points))
		message := t.is(e, f)
		if t.opens(e, f) {
			t.points[len(t.points)-1].rule = e.Op.Name
		}
		holds := "TRUE"
		if t.truth {
			holds = "ExplainWithin(" + t.why(e, f, true) + ")"
		}
		return fmt.Sprintf("%s /\\ %s /\\ IF %s THEN %s ELSE ExplainWithin(%s) /\\ FALSE",
			begins, message, t.value(e, f), holds, t.why(e, f, false))
	case e.Kind == "LetInNode" && e.Body != nil:
		return t.walk(e.Body, f.in(e, t.Sources))
	case slices.Contains(sany.AndNames, name):
		var all []string
		for _, p := range sany.Parts(e, sany.AndNames...) {
			all = append(all, t.walk(p, f))
		}
		return strings.Join(all, " /\\ ")
	case slices.Contains(sany.OrNames, name):
		var all []string
		for _, p := range sany.Parts(e, sany.OrNames...) {
			all = append(all, fmt.Sprintf("(ExplainAt(%d) /\\ ExplainWithin(%s))", t.point(p).id, t.walk(p, f)))
		}
		return "(" + strings.Join(all, " \\/ ") + ")"
	case name == "=>" && e.Args[0].Level <= 1:
		return fmt.Sprintf("%s /\\ (IF %s THEN %s ELSE TRUE)", t.is(e.Args[0], f), t.value(e.Args[0], f), t.walk(e.Args[1], f))
	case name == "$IfThenElse" && e.Args[0].Level <= 1:
		return fmt.Sprintf("%s /\\ (IF %s THEN %s ELSE %s)", t.condition(e.Args[0], f), t.value(e.Args[0], f),
			t.walk(e.Args[1], f), t.walk(e.Args[2], f))
	case name == "$Case" && !slices.ContainsFunc(e.Args, func(arm *sany.Expr) bool { return len(arm.Args) != 2 || arm.Args[0].Level > 1 }):
		return "(" + t.arms(e, f, func(arm *sany.Expr) string { return t.walk(arm, f) }) + ")"
	case name == "$BoundedExists" && len(e.Args) == 1:
		if text, inner, sets, names := t.over("\\E", e, f); text != "" {
			return fmt.Sprintf("ExplainAt(%d) /\\ ExplainWithin(%s /\\ (%s%s /\\ ExplainWithin(%s)))",
				t.point(e).id, strings.Join(sets, " /\\ "), text, bindings(names), t.walk(e.Args[0], inner))
		}
	case t.opens(e, f):
		p := t.point(e)
		p.rule = e.Op.Name
		return fmt.Sprintf("ExplainAt(%d) /\\ ExplainWithin(%s)", p.id, t.inside(e, f, t.walk))
	}
	p := t.point(e)
	p.next = true
	return fmt.Sprintf("ExplainAt(%d)", p.id)
}

// place inserts all operators into the modules. The definitions in first apply
// operators of their own block, so that the block comes before them.
func (t *instrumenter) place(first []*sany.Symbol) {
	used := map[string]bool{}
	slices.SortFunc(t.order, func(a, b *sany.Symbol) int { return a.At.Line - b.At.Line })
	for _, d := range t.order {
		text := t.blocks[d].String()
		if !used[d.At.Module] {
			text = "LOCAL INSTANCE ExplainOutput\n" + text
			used[d.At.Module] = true
		}
		if slices.Contains(first, d) {
			t.Before(d.At.Module, d.At.Line, d.At.Column, text)
		} else {
			t.After(d.At, text)
		}
	}
}
