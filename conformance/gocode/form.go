package gocode

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// Fault is a place where the code departs from the form that a core has.
type Fault struct {
	In   *Function
	Line int
	What string // as a sentence goes on: "starts a goroutine"
}

func (f Fault) String() string {
	return fmt.Sprintf("%s:%d: %s %s", f.In.File, f.Line, f.In.Name, f.What)
}

// Faults lists where the core departs from its form:
//
//   - it reads a clock, draws a random number, starts a goroutine, waits for a
//     channel or for time: the same steps would not come out the same again;
//   - it changes something that the view shows after it has recorded the step:
//     the recorded state is not the state;
//   - it lets another goroutine or node see the effect before the step is recorded: then the
//     order of the lines need not be one in which it happened.
//
// The core is what the types that record steps have as methods, and the
// functions of the package that these call.
func (p *Package) Faults() []Fault {
	var list []Fault
	for _, f := range p.core() {
		list = append(list, p.impure(f)...)
	}
	for _, f := range p.Functions {
		list = append(list, p.recordsLast(f)...)
	}
	slices.SortFunc(list, func(a, b Fault) int { return strings.Compare(a.String(), b.String()) })
	return list
}

// core lists the functions that the core consists of.
func (p *Package) core() []*Function {
	types := p.coreTypes()
	in := map[*Function]bool{}
	var list []*Function
	add := func(f *Function) {
		if !in[f] {
			in[f] = true
			list = append(list, f)
		}
	}
	for _, f := range p.Functions {
		if types[f.on] || f.on == "" && p.Records(f) {
			add(f)
		}
	}
	for i := 0; i < len(list); i++ {
		ast.Inspect(list[i].decl.Body, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if id, ok := call.Fun.(*ast.Ident); ok {
					for _, f := range p.byName[id.Name] {
						if f.on == "" {
							add(f)
						}
					}
				}
			}
			return true
		})
	}
	return list
}

var clock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick"}

func (p *Package) impure(f *Function) []Fault {
	var list []Fault
	fault := func(n ast.Node, what string) {
		list = append(list, Fault{f, p.fset.Position(n.Pos()).Line, what})
	}
	ast.Inspect(f.decl.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			fault(n, "starts a goroutine")
		case *ast.SelectStmt:
			fault(n, "waits for a channel")
		case *ast.UnaryExpr:
			if n.Op == token.ARROW {
				fault(n, "waits for a channel")
			}
		case *ast.SelectorExpr:
			id, ok := n.X.(*ast.Ident)
			if !ok {
				return true
			}
			switch path := p.clocks[f.File][id.Name]; {
			case path == "time" && slices.Contains(clock, n.Sel.Name):
				fault(n, "reads a clock: time."+n.Sel.Name)
			case path == "math/rand" || path == "math/rand/v2" || path == "crypto/rand":
				fault(n, "draws a random number: "+path)
			}
		}
		return true
	})
	return list
}

// recordsLast looks at what a function does before and after it has recorded a
// step.
func (p *Package) recordsLast(f *Function) []Fault {
	var list []Fault
	var visit func(block []ast.Stmt) (recorded bool)
	visit = func(block []ast.Stmt) bool {
		recorded := -1
		for i, s := range block {
			here := p.recordsHere(s)
			if !here {
				for _, inner := range blocksOf(s) {
					// What an inner block records before it returns does not
					// come before what stands behind it.
					if visit(inner) && !leaves(inner) {
						here = true
					}
				}
			}
			if here && recorded < 0 {
				recorded = i
			}
		}
		if recorded < 0 {
			return false
		}
		for _, s := range block[:recorded] {
			list = append(list, p.shows(f, s)...)
		}
		for _, s := range block[recorded+1:] {
			if p.recordsHere(s) {
				break // another step begins
			}
			list = append(list, p.changesView(f, s)...)
		}
		return true
	}
	visit(f.decl.Body.List)
	return list
}

// recordsHere says whether a statement itself, and not a block in it, records a
// step: a chain that ends with State.
func (p *Package) recordsHere(s ast.Stmt) bool {
	e, ok := s.(*ast.ExprStmt)
	if !ok {
		return false
	}
	call, ok := e.X.(*ast.CallExpr)
	if !ok || called(call) != "State" {
		return false
	}
	found := false
	ast.Inspect(call.Fun, func(n ast.Node) bool {
		if inner, ok := n.(*ast.CallExpr); ok {
			if _, ok := p.names[called(inner)]; ok {
				found = true
			}
			for _, helper := range p.byName[called(inner)] {
				found = found || p.Records(helper)
			}
		}
		return !found
	})
	return found
}

func blocksOf(s ast.Stmt) [][]ast.Stmt {
	switch s := s.(type) {
	case *ast.BlockStmt:
		return [][]ast.Stmt{s.List}
	case *ast.IfStmt:
		blocks := [][]ast.Stmt{s.Body.List}
		if s.Else != nil {
			blocks = append(blocks, blocksOf(s.Else)...)
		}
		return blocks
	case *ast.ForStmt:
		return [][]ast.Stmt{s.Body.List}
	case *ast.RangeStmt:
		return [][]ast.Stmt{s.Body.List}
	case *ast.SwitchStmt:
		return clauses(s.Body)
	case *ast.TypeSwitchStmt:
		return clauses(s.Body)
	}
	return nil
}

func clauses(body *ast.BlockStmt) [][]ast.Stmt {
	var blocks [][]ast.Stmt
	for _, s := range body.List {
		if c, ok := s.(*ast.CaseClause); ok {
			blocks = append(blocks, c.Body)
		}
	}
	return blocks
}

func leaves(block []ast.Stmt) bool {
	if len(block) == 0 {
		return false
	}
	switch block[len(block)-1].(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
		return true
	}
	return false
}

// shows finds what lets others see something: a channel that is closed or sent
// to.
func (p *Package) shows(f *Function, s ast.Stmt) []Fault {
	var list []Fault
	ast.Inspect(s, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.SendStmt:
			list = append(list, Fault{f, p.fset.Position(n.Pos()).Line, "sends to a channel before the step is recorded"})
		case *ast.CallExpr:
			if id, ok := n.Fun.(*ast.Ident); ok && id.Name == "close" {
				list = append(list, Fault{f, p.fset.Position(n.Pos()).Line, "closes a channel before the step is recorded"})
			}
		}
		return true
	})
	return list
}

// changesView finds what changes a field that a view shows.
func (p *Package) changesView(f *Function, s ast.Stmt) []Fault {
	var list []Fault
	fault := func(n ast.Node, field string) {
		list = append(list, Fault{f, p.fset.Position(n.Pos()).Line, "changes " + field + ", which its view shows, after the step is recorded"})
	}
	ast.Inspect(s, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				if field := p.viewField(f, left); field != "" && n.Tok != token.DEFINE {
					fault(n, field)
				}
			}
		case *ast.IncDecStmt:
			if field := p.viewField(f, n.X); field != "" {
				fault(n, field)
			}
		case *ast.ExprStmt:
			if call, ok := n.X.(*ast.CallExpr); ok {
				if selector, ok := call.Fun.(*ast.SelectorExpr); ok {
					if field := p.viewField(f, selector.X); field != "" {
						fault(n, field)
					}
				}
			}
		}
		return true
	})
	return list
}

// viewField is the field of the receiver that an expression begins with, if the
// view shows it; else "".
func (p *Package) viewField(f *Function, e ast.Expr) string {
	if f.receiver == "" || rootOf(e) != f.receiver {
		return ""
	}
	field := ""
	for {
		switch x := e.(type) {
		case *ast.SelectorExpr:
			field, e = x.Sel.Name, x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			if field != "" && p.viewed[f.on+"."+field] {
				return f.receiver + "." + field
			}
			return ""
		}
	}
}
