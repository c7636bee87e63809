package gomutant

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// finder finds the mutants of one function.
type finder struct {
	*Loaded
	file, function string
	found          []*Mutant
	signatures     []*ast.FuncType // of the function and the function literals around the present place
}

// text is the source of a node.
func (v *finder) text(n ast.Node) string {
	return string(v.sources[v.file][v.offset(n.Pos()):v.offset(n.End())])
}

// The ranks of schemata of one and the same place: a statement is wrapped after
// the expression that it consists of, and that after its own parts.
const (
	pureExpression = iota
	expression
	statement
)

// add makes a mutant that replaces a place by a text.
func (v *finder) add(kind Kind, from, to token.Pos, after string) *Mutant {
	m := &Mutant{
		Kind: kind, Function: v.function, File: v.file, Line: v.fset.Position(from).Line,
		After: after, from: v.offset(from), to: v.offset(to),
	}
	m.Before = string(v.sources[v.file][m.from:m.to])
	v.found = append(v.found, m)
	return m
}

// at makes the choice of a mutant at a place, which need not be all of it.
func (v *finder) at(m *Mutant, from, to token.Pos, rank int, schema func(original string) string) {
	m.places = append(m.places, place{v.offset(from), v.offset(to), rank, schema})
}

// boolean replaces an expression of a boolean type. Only one of the two forms
// is evaluated.
func (v *finder) boolean(kind Kind, e ast.Expr, after string) {
	m := v.add(kind, e.Pos(), e.End(), after)
	v.at(m, e.Pos(), e.End(), expression, func(original string) string {
		return fmt.Sprintf("(%[1]s(%[2]d) && (%[3]s) || !%[1]s(%[2]d) && (%[4]s))", activeName, m.Number, after, original)
	})
}

// pick replaces an expression without side effects. Both forms are evaluated.
func (v *finder) pick(m *Mutant, e ast.Expr, after string) {
	v.at(m, e.Pos(), e.End(), pureExpression, func(original string) string {
		return fmt.Sprintf("%s(%d, %s, %s)", pickName, m.Number, after, original)
	})
}

// leaveOut leaves out a statement.
func (v *finder) leaveOut(s ast.Stmt) {
	m := v.add(LeaveOut, s.Pos(), s.End(), "")
	v.at(m, s.Pos(), s.End(), statement, func(original string) string {
		return fmt.Sprintf("if !%s(%d) { %s }", activeName, m.Number, original)
	})
}

// instead replaces a statement by another one.
func (v *finder) instead(kind Kind, s ast.Stmt, after string) {
	m := v.add(kind, s.Pos(), s.End(), after)
	v.at(m, s.Pos(), s.End(), statement, func(original string) string {
		return fmt.Sprintf("if %s(%d) { %s } else { %s }", activeName, m.Number, after, original)
	})
}

// returnEarly returns zero values at a place between statements.
func (v *finder) returnEarly(at token.Pos) {
	variables, results := v.zeroes()
	back := strings.TrimSpace(variables + "return " + results)
	m := v.add(ReturnEarly, at, at, " "+back+";")
	v.at(m, at, at, statement, func(string) string {
		return fmt.Sprintf(" if %s(%d) { %s };", activeName, m.Number, back)
	})
}

// zeroes declares a variable for each result of the present function, and lists
// them.
func (v *finder) zeroes() (declarations, results string) {
	signature := v.signatures[len(v.signatures)-1]
	if signature.Results == nil {
		return "", ""
	}
	var names []string
	for _, field := range signature.Results.List {
		for range max(len(field.Names), 1) {
			name := fmt.Sprintf("lockstepZero%d", len(names))
			declarations += fmt.Sprintf("var %s %s; ", name, v.text(field.Type))
			names = append(names, name)
		}
	}
	return declarations, strings.Join(names, ", ")
}

// body finds the mutants in the body of a function or function literal.
func (v *finder) body(signature *ast.FuncType, body *ast.BlockStmt) {
	v.signatures = append(v.signatures, signature)
	defer func() { v.signatures = v.signatures[:len(v.signatures)-1] }()
	if len(body.List) > 0 && !(signature.Results == nil && isJump(body.List[0])) {
		v.returnEarly(body.Lbrace + 1)
	}
	v.list(body.List, signature.Results != nil)
}

// block finds the mutants in the statements of a block inside a function.
func (v *finder) block(begin token.Pos, list []ast.Stmt, ends bool) {
	if len(list) > 1 && !isJump(list[0]) {
		v.returnEarly(begin)
	}
	v.list(list, ends)
}

func isJump(s ast.Stmt) bool {
	switch s.(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
		return true
	}
	return false
}

// list finds the mutants of statements. Where the function must not go on
// behind them, the last one cannot be left out.
func (v *finder) list(list []ast.Stmt, ends bool) {
	for i, s := range list {
		v.statement(s, len(list) == 1, ends && i == len(list)-1)
	}
}

// statement finds the mutants of a statement; alone says that nothing else is
// in its block. To leave out a lone jump is to leave out the statement around.
func (v *finder) statement(s ast.Stmt, alone, ends bool) {
	if s == nil || v.traces(s) {
		return
	}
	leave := !ends
	switch s := s.(type) {
	case *ast.ReturnStmt:
		v.returned(s)
		leave = leave && !alone
	case *ast.BranchStmt:
		leave = leave && !alone && s.Tok != token.FALLTHROUGH
	case *ast.AssignStmt:
		leave = leave && s.Tok != token.DEFINE && !blank(s.Lhs)
	case *ast.IfStmt:
		leave = leave && !v.checksError(s)
	case *ast.DeclStmt, *ast.LabeledStmt, *ast.BlockStmt, *ast.EmptyStmt:
		leave = false
	}
	if leave {
		v.leaveOut(s)
	}
	v.parts(s, ends)
}

// parts finds the mutants in what a statement consists of.
func (v *finder) parts(s ast.Node, ends bool) {
	ast.Inspect(s, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BlockStmt:
			if isClauses(n.List) {
				return true
			}
			v.block(n.Lbrace+1, n.List, ends)
			return false
		case *ast.CaseClause:
			for _, e := range n.List {
				v.condition(e)
				v.expression(e)
			}
			v.block(n.Colon+1, n.Body, ends)
			return false
		case *ast.CommClause:
			if n.Comm != nil {
				v.parts(n.Comm, false)
			}
			v.block(n.Colon+1, n.Body, ends)
			return false
		case *ast.IfStmt:
			v.condition(n.Cond)
		case *ast.ForStmt:
			ends = false
			v.condition(n.Cond)
		case *ast.RangeStmt:
			ends = false
		case *ast.ReturnStmt:
			for _, e := range n.Results {
				v.condition(e)
			}
		case *ast.AssignStmt:
			for _, e := range n.Rhs {
				if v.info.Types[e].Value == nil {
					v.condition(e)
				}
			}
		case ast.Expr:
			v.expression(n)
			return false
		}
		return true
	})
}

// isClauses says whether these are the clauses of a switch or select.
func isClauses(list []ast.Stmt) bool {
	if len(list) == 0 {
		return false
	}
	switch list[0].(type) {
	case *ast.CaseClause, *ast.CommClause:
		return true
	}
	return false
}

// expression finds the mutants within an expression.
func (v *finder) expression(e ast.Expr) {
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			if !v.records(n.Type) {
				v.body(n.Type, n.Body)
			}
			return false
		case *ast.BinaryExpr:
			if n.Op == token.LAND || n.Op == token.LOR {
				v.condition(n.X)
				v.condition(n.Y)
			} else {
				v.bound(n)
			}
		case *ast.CallExpr:
			v.call(n)
		}
		return true
	})
}

// condition negates a boolean expression: the condition of a statement, an
// operand of && or ||, or what is returned or assigned.
func (v *finder) condition(e ast.Expr) {
	if e == nil || !v.isBoolean(e) {
		return
	}
	inner := ast.Unparen(e)
	b, ok := inner.(*ast.BinaryExpr)
	switch {
	case ok && (b.Op == token.LAND || b.Op == token.LOR):
		return // its operands are negated
	case ok && b.Op == token.NEQ && v.isError(b.X) && isNil(b.Y):
		v.boolean(IgnoreError, e, "false")
		return
	}
	after := "!(" + v.text(e) + ")"
	if not, ok := inner.(*ast.UnaryExpr); ok && not.Op == token.NOT {
		after = v.text(not.X)
	}
	v.boolean(Negate, e, after)
}

func (v *finder) isBoolean(e ast.Expr) bool {
	t := v.info.Types[e]
	if !t.IsValue() {
		return false
	}
	basic, ok := t.Type.Underlying().(*types.Basic)
	return ok && basic.Info()&types.IsBoolean != 0
}

// checksError says whether an if does something about an error and nothing
// else. To leave that out is to ignore the error.
func (v *finder) checksError(s *ast.IfStmt) bool {
	b, ok := ast.Unparen(s.Cond).(*ast.BinaryExpr)
	return ok && b.Op == token.NEQ && v.isError(b.X) && isNil(b.Y) && s.Else == nil && s.Init == nil
}

var errorType = types.Universe.Lookup("error").Type()

func (v *finder) isError(e ast.Expr) bool {
	t := v.info.TypeOf(e)
	return t != nil && types.Identical(t, errorType)
}

func isNil(e ast.Expr) bool {
	id, ok := ast.Unparen(e).(*ast.Ident)
	return ok && id.Name == "nil"
}

func blank(list []ast.Expr) bool {
	return !slices.ContainsFunc(list, func(e ast.Expr) bool {
		id, ok := e.(*ast.Ident)
		return !ok || id.Name != "_"
	})
}

// contrary exchanges the strict and the other comparison.
var contrary = map[token.Token]token.Token{
	token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR,
}

// bound shifts the bound of a comparison, or drops a step of one.
func (v *finder) bound(b *ast.BinaryExpr) {
	x, y := v.text(b.X), v.text(b.Y)
	if other, ok := contrary[b.Op]; ok {
		v.boolean(ShiftBound, b, x+" "+other.String()+" "+y)
	}
	switch b.Op {
	case token.EQL, token.NEQ, token.LEQ, token.GTR: // x < n+1 is x <= n, which is there
		if v.isInteger(b.Y) {
			v.boolean(ShiftBound, b, x+" "+b.Op.String()+" "+y+"+1")
		}
	case token.ADD, token.SUB:
		if one, ok := b.Y.(*ast.BasicLit); ok && one.Value == "1" && v.pure(b.X) && v.info.Types[b].Value == nil {
			v.pick(v.add(ShiftBound, b.Pos(), b.End(), x), b, x)
		}
	}
}

// isInteger says whether an expression is an integer constant.
func (v *finder) isInteger(e ast.Expr) bool {
	value := v.info.Types[e].Value
	if value == nil || value.Kind() != constant.Int {
		return false
	}
	basic, ok := v.info.TypeOf(e).Underlying().(*types.Basic)
	return ok && basic.Info()&types.IsInteger != 0
}

// returned forgets an error that is returned.
func (v *finder) returned(s *ast.ReturnStmt) {
	if len(s.Results) == 0 {
		return
	}
	last := s.Results[len(s.Results)-1]
	if isNil(last) || !v.isError(last) {
		return
	}
	if call, ok := last.(*ast.CallExpr); ok && !v.makesError(call) {
		return
	}
	before := string(v.sources[v.file][v.offset(s.Pos()):v.offset(last.Pos())])
	v.instead(IgnoreError, s, before+"nil")
}

// makesError says whether a call makes an error, and does nothing else.
func (v *finder) makesError(call *ast.CallExpr) bool {
	f := v.callee(call)
	return f != nil && f.Pkg() != nil && (f.Pkg().Path() == "fmt" || f.Pkg().Path() == "errors")
}

func (v *finder) callee(call *ast.CallExpr) types.Object {
	switch f := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		return v.info.Uses[f]
	case *ast.SelectorExpr:
		return v.info.Uses[f.Sel]
	}
	return nil
}

// call exchanges arguments. Both orders are written down, so the arguments must
// have no side effects.
func (v *finder) call(call *ast.CallExpr) {
	signature, ok := v.info.TypeOf(call.Fun).(*types.Signature)
	if !ok || v.makesError(call) || call.Ellipsis.IsValid() {
		return
	}
	params := signature.Params()
	fixed := params.Len()
	if signature.Variadic() {
		fixed--
	}
	for i := range min(fixed, len(call.Args)) {
		for j := i + 1; j < min(fixed, len(call.Args)); j++ {
			a, b := call.Args[i], call.Args[j]
			if !types.Identical(params.At(i).Type(), params.At(j).Type()) || v.text(a) == v.text(b) || !v.pure(a) || !v.pure(b) {
				continue
			}
			v.swap(a, b)
		}
	}
}

func (v *finder) swap(a, b ast.Expr) {
	source := v.sources[v.file]
	between := string(source[v.offset(a.End()):v.offset(b.Pos())])
	m := v.add(SwapArguments, a.Pos(), b.End(), v.text(b)+between+v.text(a))
	v.pick(m, a, v.text(b))
	v.pick(m, b, v.text(a))
}

// pure says whether an expression can be evaluated twice.
func (v *finder) pure(e ast.Expr) bool {
	ok := true
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			ok = ok && v.harmless(n)
		case *ast.FuncLit, *ast.CompositeLit:
			ok = false
		case *ast.UnaryExpr:
			ok = ok && n.Op != token.ARROW
		}
		return ok
	})
	return ok
}

// harmless says whether a call is a conversion, or one of len and cap.
func (v *finder) harmless(call *ast.CallExpr) bool {
	if v.info.Types[call.Fun].IsType() {
		return true
	}
	b, ok := v.callee(call).(*types.Builtin)
	return ok && (b.Name() == "len" || b.Name() == "cap")
}
