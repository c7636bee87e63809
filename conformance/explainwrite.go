package conformance

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// teller puts into the modules of a spec what prints how its expressions turn
// out. For an expression of the spec there are up to four operators, which
// take what is in scope there as arguments:
//
//	ExplainValue  the expression itself, by its own source
//	ExplainFalse  prints why it is FALSE, part by part
//	ExplainTrue   prints why it is TRUE
//	ExplainWalk   of an action: looks at its parts as TLC does, prints how each
//	              turns out, and is FALSE if one is FALSE before the next state
//	              comes in
//
// They stand directly behind the definition that the expression is part of,
// where every name means what it means there. All but the first have one
// argument more, because TLC evaluates a constant without arguments once and
// for all, before the search.
type teller struct {
	*sources
	truth      bool     // tell also why what holds holds
	overridden []string // definitions that the cfg replaces: their source does not count
	points     []point
	scopes     []scope                 // the quantifiers around the steps in question
	given      map[string][][]argument // by step, what its arguments are
	blocks     map[*symbol]*strings.Builder
	order      []*symbol // of blocks
	made       map[string]string
	open       []*symbol // the definitions that are being opened, to stop at a circle
}

// point is an expression that is looked at.
type point struct {
	id     int
	text   string
	at     span
	rule   string // the definition that it applies, if it is opened
	next   bool   // it speaks of the next state, and is not evaluated
	refers bool   // it is a set that a quantifier goes through
	expr   *expr
}

// frame is where an expression stands: in which definition, with which names in
// scope.
type frame struct {
	def    *symbol
	params []string
	lets   []string
}

func (f frame) with(params ...string) frame {
	f.params = append(slices.Clone(f.params), params...)
	return f
}

func (f frame) in(let *expr, s *sources) frame {
	at := let.at
	at.endLine, at.endOfIt = let.body.at.line, let.body.at.column-1
	text := s.block(at)
	// A bracket between IN and the body is not the definitions'.
	if end := strings.LastIndex(text, "IN"); end >= 0 {
		text = text[:end+2] + "\n"
	}
	f.lets = append(slices.Clone(f.lets), text)
	return f
}

func newTeller(s *sources, overridden []string) *teller {
	return &teller{sources: s, overridden: overridden, blocks: map[*symbol]*strings.Builder{}, made: map[string]string{}}
}

func frameOf(d *symbol) (frame, bool) {
	f := frame{def: d}
	for _, p := range d.params {
		if p == nil || p.arity > 0 {
			return f, false
		}
		f.params = append(f.params, p.name)
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

func telling(name string, params []string) string {
	return call(name, append([]string{now}, params...)...)
}

// define writes an operator once, and returns the text that applies it.
func (t *teller) define(kind string, e *expr, f frame, body func() string) string {
	key := fmt.Sprintf("%s %p %p", kind, f.def, e)
	params := f.params
	if kind != "Value" {
		params = append([]string{now}, params...)
	}
	name, ok := t.made[key]
	if !ok {
		name = "Explain" + kind + strconv.Itoa(len(t.made)+1)
		t.made[key] = name
		text := body() // what it applies comes before it
		block, ok := t.blocks[f.def]
		if !ok {
			block = &strings.Builder{}
			t.blocks[f.def] = block
			t.order = append(t.order, f.def)
		}
		fmt.Fprintf(block, "%s ==\n%s\n", call(name, params...), text)
	}
	return call(name, params...)
}

// value is an expression by its own source.
func (t *teller) value(e *expr, f frame) string {
	return t.define("Value", e, f, func() string { return strings.Join(f.lets, "") + t.block(e.at) })
}

// point numbers an expression.
func (t *teller) point(e *expr) *point {
	t.points = append(t.points, point{id: len(t.points), text: t.text(e.at), at: e.at, expr: e})
	return &t.points[len(t.points)-1]
}

// is prints what the expression comes to.
func (t *teller) is(e *expr, f frame) string {
	p := t.point(e)
	return fmt.Sprintf("ExplainIs(%d, %s)", p.id, t.value(e, f))
}

// parts are the operands of a conjunction or disjunction, however it is written.
func parts(e *expr, names ...string) []*expr {
	if !slices.Contains(names, e.operator()) || e.kind != "OpApplNode" {
		return []*expr{e}
	}
	var all []*expr
	for _, a := range e.args {
		all = append(all, parts(a, names...)...)
	}
	return all
}

var (
	andNames = []string{"$ConjList", `\land`}
	orNames  = []string{"$DisjList", `\lor`}
)

// opens says whether e applies a definition of the spec whose own parts can be
// looked at.
func (t *teller) opens(e *expr, f frame) bool {
	d := e.op
	if e.kind != "OpApplNode" || d == nil || d.kind != "UserDefinedOpKind" || d.body == nil || d.local || d.recur ||
		d.body.kind == "SubstInNode" || !t.has(d.at) || slices.Contains(t.overridden, d.name) ||
		slices.Contains(t.open, d) || len(d.params) != len(e.args) {
		return false
	}
	// Its operators stand behind it, so it must stand before this one.
	if d.at.module == f.def.at.module && d.at.line >= f.def.at.line {
		return false
	}
	for _, a := range e.args {
		if a.level > 1 || !t.has(a.at) {
			return false
		}
	}
	_, plain := frameOf(d)
	return plain
}

func (t *teller) arguments(e *expr, f frame) []string {
	values := make([]string, len(e.args))
	for i, a := range e.args {
		values[i] = t.value(a, f)
	}
	return values
}

// inside applies one of the operators of the definition that e applies.
func (t *teller) inside(e *expr, f frame, operator func(body *expr, f frame) string) string {
	t.open = append(t.open, e.op)
	defer func() { t.open = t.open[:len(t.open)-1] }()
	g, _ := frameOf(e.op)
	name, _, _ := strings.Cut(operator(e.op.body, g), "(")
	return telling(name, t.arguments(e, f))
}

// look prints what a truth comes to, and why.
func (t *teller) look(e *expr, f frame, truth bool) string {
	said := t.is(e, f)
	if t.opens(e, f) {
		t.points[len(t.points)-1].rule = e.op.name
	}
	return said + " /\\ ExplainWithin(" + t.why(e, f, truth) + ")"
}

// condition prints what a condition comes to, on which something else depends.
func (t *teller) condition(e *expr, f frame) string {
	said := t.is(e, f)
	if e.kind != "OpApplNode" || e.op == nil || e.op.kind != "BuiltInKind" || strings.HasPrefix(e.op.name, "$") {
		return said
	}
	return said + " /\\ ExplainAside(" + t.operands(e, f) + ")"
}

// why applies the operator that prints why e is TRUE, or FALSE.
func (t *teller) why(e *expr, f frame, truth bool) string {
	if t.opens(e, f) {
		return t.inside(e, f, func(body *expr, g frame) string {
			if slices.Contains(andNames, body.operator()) || slices.Contains(orNames, body.operator()) {
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
func (t *teller) reasons(e *expr, f frame, truth bool) string {
	switch name := e.operator(); {
	case e.kind == "LetInNode" && e.body != nil:
		return t.look(e.body, f.in(e, t.sources), truth)
	case e.kind != "OpApplNode":
		return "TRUE"
	case slices.Contains(andNames, name):
		return t.chain(parts(e, andNames...), f, truth, true)
	case slices.Contains(orNames, name):
		return t.chain(parts(e, orNames...), f, truth, false)
	case name == `\lnot`:
		return t.look(e.args[0], f, !truth)
	case name == "=>" && !truth:
		return t.condition(e.args[0], f) + " /\\ " + t.look(e.args[1], f, false)
	case name == "=>":
		return fmt.Sprintf("IF %s THEN %s ELSE %s", t.value(e.args[0], f), t.look(e.args[1], f, true), t.look(e.args[0], f, false))
	case name == "$IfThenElse":
		return fmt.Sprintf("%s /\\ IF %s THEN %s ELSE %s", t.condition(e.args[0], f), t.value(e.args[0], f),
			t.look(e.args[1], f, truth), t.look(e.args[2], f, truth))
	case name == "$BoundedExists" || name == "$BoundedForall":
		return t.quantified(e, f, truth)
	case strings.HasPrefix(name, "$"):
		return "TRUE"
	}
	return t.operands(e, f)
}

// chain goes through the parts of a conjunction or disjunction as far as TLC
// does: up to the first that decides.
func (t *teller) chain(list []*expr, f frame, truth, conjunction bool) string {
	text := "TRUE"
	for _, e := range slices.Backward(list) {
		decides, goesOn := t.look(e, f, !conjunction), t.look(e, f, conjunction)
		if conjunction {
			if !truth { // that one holds needs no reason where the question is why another does not
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
func (t *teller) over(quantifier string, e *expr, f frame) (text string, inner frame, sets []string, names []string) {
	inner = f
	for _, b := range e.bounds {
		if b.set == nil {
			return "", f, nil, nil
		}
		var own []string
		for _, s := range b.symbols {
			own = append(own, s.name)
		}
		set := t.value(b.set, f)
		sets = append(sets, t.is(b.set, f))
		t.points[len(t.points)-1].refers = true
		if b.tuple {
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

// quantified says for which members a quantified formula is what it is.
func (t *teller) quantified(e *expr, f frame, truth bool) string {
	exists := e.operator() == "$BoundedExists"
	quantifier := "\\E"
	if exists && !truth {
		quantifier = "\\A"
	}
	text, inner, sets, names := t.over(quantifier, e, f)
	if text == "" || len(e.args) != 1 {
		return "TRUE"
	}
	said := strings.Join(sets, " /\\ ")
	if !exists && truth {
		return said
	}
	body := e.args[0]
	within := t.why(body, inner, truth)
	if name := body.operator(); !slices.Contains(andNames, name) && !slices.Contains(orNames, name) {
		within = t.look(body, inner, truth)
	}
	reason := bindings(names) + " /\\ ExplainWithin(" + within + ")"
	switch {
	case exists && truth:
		reason = t.value(body, inner) + " /\\ " + reason
	case !exists:
		reason = "~" + t.value(body, inner) + " /\\ " + reason
	}
	return said + " /\\ (" + text + reason + ")"
}

var arithmetic = []string{"+", "-", "*", "..", "\\div", "%"}

// operands prints the values that a comparison compares.
func (t *teller) operands(e *expr, f frame) string {
	var all []string
	var visit func(e *expr)
	visit = func(e *expr) {
		if e.literal() || e.level > 1 || !t.has(e.at) || e.at.line == 0 {
			return
		}
		if slices.Contains(arithmetic, e.operator()) {
			for _, a := range e.args {
				visit(a)
			}
		}
		all = append(all, t.is(e, f))
	}
	for _, a := range e.args {
		visit(a)
	}
	if len(all) == 0 {
		return "TRUE"
	}
	return strings.Join(all, " /\\ ")
}

// walk applies the operator that goes through the parts of an action.
func (t *teller) walk(e *expr, f frame) string {
	return t.define("Walk", e, f, func() string { return "  " + t.steps(e, f) })
}

// steps is the body of ExplainWalk.
func (t *teller) steps(e *expr, f frame) string {
	name := e.operator()
	switch {
	case e.level <= 1:
		begins := fmt.Sprintf("ExplainAt(%d)", len(t.points))
		said := t.is(e, f)
		if t.opens(e, f) {
			t.points[len(t.points)-1].rule = e.op.name
		}
		holds := "TRUE"
		if t.truth {
			holds = "ExplainWithin(" + t.why(e, f, true) + ")"
		}
		return fmt.Sprintf("%s /\\ %s /\\ IF %s THEN %s ELSE ExplainWithin(%s) /\\ FALSE",
			begins, said, t.value(e, f), holds, t.why(e, f, false))
	case e.kind == "LetInNode" && e.body != nil:
		return t.walk(e.body, f.in(e, t.sources))
	case slices.Contains(andNames, name):
		var all []string
		for _, p := range parts(e, andNames...) {
			all = append(all, t.walk(p, f))
		}
		return strings.Join(all, " /\\ ")
	case slices.Contains(orNames, name):
		var all []string
		for _, p := range parts(e, orNames...) {
			all = append(all, fmt.Sprintf("(ExplainAt(%d) /\\ ExplainWithin(%s))", t.point(p).id, t.walk(p, f)))
		}
		return "(" + strings.Join(all, " \\/ ") + ")"
	case name == "=>" && e.args[0].level <= 1:
		return fmt.Sprintf("%s /\\ (IF %s THEN %s ELSE TRUE)", t.is(e.args[0], f), t.value(e.args[0], f), t.walk(e.args[1], f))
	case name == "$IfThenElse" && e.args[0].level <= 1:
		return fmt.Sprintf("%s /\\ (IF %s THEN %s ELSE %s)", t.condition(e.args[0], f), t.value(e.args[0], f),
			t.walk(e.args[1], f), t.walk(e.args[2], f))
	case name == "$BoundedExists" && len(e.args) == 1:
		if text, inner, sets, names := t.over("\\E", e, f); text != "" {
			return fmt.Sprintf("ExplainAt(%d) /\\ ExplainWithin(%s /\\ (%s%s /\\ ExplainWithin(%s)))",
				t.point(e).id, strings.Join(sets, " /\\ "), text, bindings(names), t.walk(e.args[0], inner))
		}
	case t.opens(e, f):
		p := t.point(e)
		p.rule = e.op.name
		return fmt.Sprintf("ExplainAt(%d) /\\ ExplainWithin(%s)", p.id, t.inside(e, f, t.walk))
	}
	p := t.point(e)
	p.next = true
	return fmt.Sprintf("ExplainAt(%d)", p.id)
}

// place puts what was written into the modules. The definitions in first are
// those whose own text applies what stands in their block, which therefore
// comes before them.
func (t *teller) place(first []*symbol) {
	used := map[string]bool{}
	slices.SortFunc(t.order, func(a, b *symbol) int { return a.at.line - b.at.line })
	for _, d := range t.order {
		text := t.blocks[d].String()
		if !used[d.at.module] {
			text = "LOCAL INSTANCE Telling\n" + text
			used[d.at.module] = true
		}
		if slices.Contains(first, d) {
			t.before(d.at.module, d.at.line, d.at.column, text)
		} else {
			t.after(d.at, text)
		}
	}
}
