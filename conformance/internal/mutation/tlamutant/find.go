package tlamutant

import (
	"maps"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
)

// The levels of expressions in SANY.
const (
	ofState  = 1
	ofAction = 2
)

// finder walks through all that the roots reach.
type finder struct {
	Spec
	lines   map[string][][]rune // by module
	entered map[*sany.Symbol]bool
	found   []*Mutant

	owner   string // the definition around the present place
	initial bool   // the present place is in the initial predicate
}

// definition is the one of that name which is not in a LET.
func (f *finder) definition(name string) *sany.Symbol {
	var best *sany.Symbol
	for _, d := range f.Syntax.Symbols {
		if d.Kind != "UserDefinedOpKind" || d.Name != name || d.Local {
			continue
		}
		if _, ours := f.Sources[d.At.Module]; ours || best == nil {
			best = d
		}
	}
	return best
}

// enter walks through a definition, once. One in a LET, or a LAMBDA, belongs to
// the definition around it.
func (f *finder) enter(d *sany.Symbol, around string) {
	if name, ok := f.Replaced[d.Name]; ok {
		if other := f.definition(name); other != nil {
			d = other
		}
	}
	if d.Body == nil || f.entered[d] {
		return
	}
	f.entered[d] = true
	owner, initial := f.owner, f.initial
	defer func() { f.owner, f.initial = owner, initial }()
	if !d.Local && d.Name != "LAMBDA" || around == "" {
		f.owner = d.Name
	}
	if d.Level > ofAction {
		f.temporal(d.Body)
	} else {
		f.expression(d.Body)
	}
}

// temporal walks through a formula about behaviours, of which only the fairness
// is mutated.
func (f *finder) temporal(e *sany.Expr) {
	if e == nil {
		return
	}
	switch e.Operator() {
	case "$WF", "$SF":
		f.fairness(e)
		f.reached(e)
		return
	}
	if e.Level <= ofAction {
		// What begins the formula is what behaviours begin with.
		outer := f.initial
		f.initial = f.initial || e.Level <= ofState
		f.reached(e)
		f.initial = outer
		return
	}
	if e.Op != nil && e.Op.Body != nil {
		f.enter(e.Op, f.owner)
	}
	for _, part := range parts(e) {
		f.temporal(part)
	}
}

// reached enters the definitions that an expression applies, and mutates
// nothing in the expression itself.
func (f *finder) reached(e *sany.Expr) {
	if e == nil {
		return
	}
	if e.Op != nil && e.Op.Body != nil {
		f.enter(e.Op, f.owner)
	}
	for _, part := range parts(e) {
		f.reached(part)
	}
}

// parts are what an expression consists of.
func parts(e *sany.Expr) []*sany.Expr {
	all := slices.Clone(e.Args)
	for _, b := range e.Bounds {
		all = append(all, b.Set)
	}
	if e.Body != nil {
		all = append(all, e.Body)
	}
	return all
}

// expression finds the mutants in an expression, and in what it applies.
func (f *finder) expression(e *sany.Expr) {
	if e == nil {
		return
	}
	if f.has(e.At) {
		f.mutate(e)
	}
	if e.Op != nil && e.Op.Body != nil {
		f.enter(e.Op, f.owner)
	}
	for _, part := range parts(e) {
		f.expression(part)
	}
}

// mutate makes the mutants of one expression.
func (f *finder) mutate(e *sany.Expr) {
	switch e.Operator() {
	case "$ConjList", `\land`:
		for _, c := range e.Args {
			if f.isGuard(c) {
				f.replace(LeaveOut, c, "TRUE")
			}
		}
	case "=":
		f.equality(e)
	case "/=":
		f.operator(Equality, e, map[string]string{"#": "=", "/=": "="})
	case `\in`:
		if assigns(e, isNext) {
			f.stays(e)
		}
	case "<", `\leq`, ">", `\geq`:
		f.operator(ShiftBound, e, map[string]string{
			"<": "<=", "<=": "<", "=<": "<", `\leq`: "<", ">": ">=", ">=": ">", `\geq`: ">",
		})
	case "+", "-":
		f.dropOne(e)
	case "$IfThenElse":
		f.swapArms(e)
	case "$SetEnumerate":
		f.dropMembers(e)
	}
}

// isGuard says whether a conjunct can be left out as a whole: it assigns
// nothing, and is not a conjunction again, whose own conjuncts are looked at.
func (f *finder) isGuard(e *sany.Expr) bool {
	switch e.Operator() {
	case "$ConjList", `\land`, "TRUE":
		return false
	}
	return e.Level <= ofState && !(f.initial && assigns(e, isVariable))
}

func isVariable(e *sany.Expr) bool {
	return e.Op != nil && e.Op.Kind == "OpDeclNode" && e.Op.KindNo == "3"
}

// isNext says whether an expression is a primed variable.
func isNext(e *sany.Expr) bool {
	return e.Operator() == "'" && len(e.Args) == 1 && isVariable(e.Args[0])
}

// assigns says whether an expression gives a value to what is wanted.
func assigns(e *sany.Expr, wanted func(*sany.Expr) bool) bool {
	return (e.Operator() == "=" || e.Operator() == `\in`) && len(e.Args) == 2 && wanted(e.Args[0])
}

// equality tells an assignment from a comparison.
func (f *finder) equality(e *sany.Expr) {
	switch {
	case assigns(e, isNext):
		f.stays(e)
	case e.Level <= ofState && !(f.initial && assigns(e, isVariable)):
		f.operator(Equality, e, map[string]string{"=": "#"})
	}
}

// stays lets a variable keep its value.
func (f *finder) stays(e *sany.Expr) {
	name := f.text(e.Args[0].Args[0].At)
	if value := f.text(e.Args[1].At); name != "" && value != name {
		f.add(Stays, e, name+"' = "+name, replacing(e.At, name+"' = "+name))
	}
}

// fairness drops and weakens a condition.
func (f *finder) fairness(e *sany.Expr) {
	if !f.has(e.At) {
		return
	}
	f.replace(DropFairness, e, "TRUE")
	if text := f.text(e.At); strings.HasPrefix(text, "SF_") {
		at := e.At
		f.add(WeakenFairness, e, "W"+text[1:], edit{at.Line, at.Column, at.Line, at.Column + len("SF_"), "WF_"})
	}
}

// operator exchanges an infix operator.
func (f *finder) operator(kind Kind, e *sany.Expr, other map[string]string) {
	if len(e.Args) != 2 {
		return
	}
	token, at := f.between(e.Args[0].At, e.Args[1].At, slices.Collect(maps.Keys(other)))
	if token == "" {
		return
	}
	at.text = other[token]
	f.add(kind, e, f.text(e.Args[0].At)+" "+at.text+" "+f.text(e.Args[1].At), at)
}

// between finds one of the tokens in the gap between two expressions. The gap
// holds the operator, parentheses and perhaps comments, which are not looked
// into: such an operator is left as it is.
func (f *finder) between(a, b sany.Span, tokens []string) (string, edit) {
	if !f.has(a) || !f.has(b) || a.EndLine != b.Line && a.EndLine+1 != b.Line {
		return "", edit{}
	}
	for n := a.EndLine; n <= b.Line; n++ {
		line := f.lines[a.Module][n-1]
		from, to := 0, len(line)
		if n == a.EndLine {
			from = a.EndOfIt
		}
		if n == b.Line {
			to = b.Column - 1
		}
		gap := string(line[from:max(from, to)])
		if strings.Contains(gap, `\*`) || strings.Contains(gap, "(*") {
			return "", edit{}
		}
		for at := 0; at < len(gap); {
			field := strings.IndexFunc(gap[at:], func(c rune) bool { return !strings.ContainsRune(" ()", c) })
			if field < 0 {
				break
			}
			at += field
			word := gap[at:]
			if end := strings.IndexAny(word, " ()"); end >= 0 {
				word = word[:end]
			}
			if slices.Contains(tokens, word) {
				column := from + len([]rune(gap[:at])) + 1
				return word, edit{line: n, column: column, endLine: n, endColumn: column + len([]rune(word))}
			}
			return "", edit{}
		}
	}
	return "", edit{}
}

// dropOne drops the 1 that is added or taken away.
func (f *finder) dropOne(e *sany.Expr) {
	if len(e.Args) != 2 || f.text(e.Args[1].At) != "1" {
		return
	}
	token, at := f.between(e.Args[0].At, e.Args[1].At, []string{"+", "-"})
	if token == "" {
		return
	}
	at.endLine, at.endColumn = e.Args[1].At.EndLine, e.Args[1].At.EndOfIt+1
	f.add(DropOne, e, f.text(e.Args[0].At), at)
}

// swapArms negates the condition, which comes to the same.
func (f *finder) swapArms(e *sany.Expr) {
	if len(e.Args) != 3 || !f.has(e.Args[0].At) {
		return
	}
	at := e.Args[0].At
	end := at.EndOfIt + 1
	f.add(SwapArms, e, "IF ~("+f.text(at)+") THEN "+f.text(e.Args[1].At)+" ELSE "+f.text(e.Args[2].At),
		edit{at.Line, at.Column, at.Line, at.Column, "~("}, edit{at.EndLine, end, at.EndLine, end, ")"})
}

// dropMembers leaves each member of a set out in turn.
func (f *finder) dropMembers(e *sany.Expr) {
	for i, member := range e.Args {
		at := replacing(member.At, "")
		switch {
		case i+1 < len(e.Args):
			next := e.Args[i+1].At
			at.endLine, at.endColumn = next.Line, next.Column
		case i > 0:
			before := e.Args[i-1].At
			at.line, at.column = before.EndLine, before.EndOfIt+1
		}
		var left []string
		for j, other := range e.Args {
			if j != i {
				left = append(left, f.text(other.At))
			}
		}
		f.add(DropMember, e, "{"+strings.Join(left, ", ")+"}", at)
	}
}

// replacing replaces all of a place.
func replacing(at sany.Span, text string) edit {
	return edit{at.Line, at.Column, at.EndLine, at.EndOfIt + 1, text}
}

func (f *finder) replace(kind Kind, e *sany.Expr, text string) {
	if f.has(e.At) {
		f.add(kind, e, text, replacing(e.At, text))
	}
}

// add makes a mutant; after is the expression as it is then.
func (f *finder) add(kind Kind, e *sany.Expr, after string, edits ...edit) {
	f.found = append(f.found, &Mutant{
		Kind: kind, Definition: f.owner, Module: e.At.Module, Line: edits[0].line,
		Before: f.text(e.At), After: after, edits: edits,
	})
}

// has says whether a place is one in the modules that may be mutated.
func (f *finder) has(at sany.Span) bool {
	lines := f.lines[at.Module]
	return at.Line >= 1 && at.Column >= 1 && at.EndLine >= at.Line && at.EndLine <= len(lines) &&
		at.Column <= len(lines[at.Line-1]) && at.EndOfIt <= len(lines[at.EndLine-1])
}

// text is the source of a place in one line, with its comments.
func (f *finder) text(at sany.Span) string {
	if !f.has(at) {
		return ""
	}
	var b strings.Builder
	for n := at.Line; n <= at.EndLine; n++ {
		line := f.lines[at.Module][n-1]
		from, to := 0, len(line)
		if n == at.Line {
			from = at.Column - 1
		}
		if n == at.EndLine {
			to = at.EndOfIt
		}
		b.WriteString(string(line[from:to]) + " ")
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
