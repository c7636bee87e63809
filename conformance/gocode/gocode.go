package gocode

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/printer"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Function is a function or a method.
type Function struct {
	Name string // Core.Acknowledge
	File string // its base name
	Line int
	Doc  string // the first sentence of its comment

	decl     *ast.FuncDecl
	receiver string // the receiver's name and type, or ""
	on       string
}

// Recording is a place where a step is recorded by its literal name.
type Recording struct {
	Step string
	In   *Function
	Line int
}

// Field is a field of a view.
type Field struct {
	Name string
	From string // the expressions that it comes from
	File string
	Line int
}

// Package is what was read of one package.
type Package struct {
	Dir        string
	Functions  []*Function
	Recordings []Recording
	Fields     []Field

	fset   *token.FileSet
	byName map[string][]*Function // without the type
	names  map[string]int         // functions that record: where the step's name is in their arguments
	viewed map[string]bool        // "type.field" of what views are made of
	clocks map[string]map[string]string
}

// Read reads the package in a folder as it is built here: without tests, and
// without files that its build constraints leave out.
func Read(dir string) (*Package, error) {
	p := &Package{
		Dir: dir, fset: token.NewFileSet(), byName: map[string][]*Function{}, names: map[string]int{"Step": 0},
		viewed: map[string]bool{}, clocks: map[string]map[string]string{},
	}
	found, err := build.ImportDir(dir, 0)
	if err != nil {
		return nil, err
	}
	for _, name := range found.GoFiles {
		file, err := parser.ParseFile(p.fset, filepath.Join(dir, name), nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		p.add(name, file)
	}
	p.findHelpers()
	for _, f := range p.Functions {
		p.findRecordings(f)
	}
	// A message may have a field of the same name as the core that records the step.
	for _, records := range []bool{true, false} {
		for _, f := range p.Functions {
			if p.records(f.on) == records {
				p.findView(f)
			}
		}
	}
	return p, nil
}

// records says whether a method of a type records a step.
func (p *Package) records(typeName string) bool {
	return slices.ContainsFunc(p.Recordings, func(r Recording) bool { return r.In.on == typeName })
}

func (p *Package) add(name string, file *ast.File) {
	p.clocks[name] = map[string]string{}
	for _, spec := range file.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		as := path[strings.LastIndex(path, "/")+1:]
		if as == "v2" {
			as = "rand"
		}
		if spec.Name != nil {
			as = spec.Name.Name
		}
		p.clocks[name][as] = path
	}
	for _, d := range file.Decls {
		decl, ok := d.(*ast.FuncDecl)
		if !ok || decl.Body == nil {
			continue
		}
		f := &Function{Name: decl.Name.Name, File: name, Line: p.fset.Position(decl.Pos()).Line, Doc: firstSentence(decl.Doc.Text()), decl: decl}
		if decl.Recv != nil {
			field := decl.Recv.List[0]
			f.on = typeName(field.Type)
			f.Name = f.on + "." + f.Name
			if len(field.Names) > 0 {
				f.receiver = field.Names[0].Name
			}
		}
		p.Functions = append(p.Functions, f)
		p.byName[decl.Name.Name] = append(p.byName[decl.Name.Name], f)
	}
}

// typeName is the name of a receiver's type.
func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.IndexExpr:
		return typeName(e.X)
	case *ast.IndexListExpr:
		return typeName(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

func firstSentence(doc string) string {
	doc = strings.Join(strings.Fields(doc), " ")
	for i := range doc {
		if doc[i] == '.' && (i+1 == len(doc) || doc[i+1] == ' ') {
			return doc[:i+1]
		}
	}
	return doc
}

// called is the name of what a call calls, without what it is called on.
func called(call *ast.CallExpr) string {
	fun := call.Fun
	switch x := fun.(type) {
	case *ast.IndexExpr:
		fun = x.X
	case *ast.IndexListExpr:
		fun = x.X
	}
	switch fun := fun.(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		return fun.Sel.Name
	}
	return ""
}

// findHelpers finds the functions that hand a parameter on as a step's name.
func (p *Package) findHelpers() {
	for again := true; again; {
		again = false
		for _, f := range p.Functions {
			name := f.decl.Name.Name
			if _, known := p.names[name]; known {
				continue
			}
			params := parameters(f.decl)
			ast.Inspect(f.decl.Body, func(n ast.Node) bool {
				arg := p.stepName(n)
				if id, ok := arg.(*ast.Ident); ok {
					if at := slices.Index(params, id.Name); at >= 0 {
						p.names[name] = at
						again = true
					}
				}
				return true
			})
		}
	}
}

// stepName is the argument of a call that names the step, or nil.
func (p *Package) stepName(n ast.Node) ast.Expr {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return nil
	}
	at, ok := p.names[called(call)]
	if !ok || at >= len(call.Args) {
		return nil
	}
	return call.Args[at]
}

func parameters(f *ast.FuncDecl) []string {
	var names []string
	for _, field := range f.Type.Params.List {
		for _, name := range field.Names {
			names = append(names, name.Name)
		}
	}
	return names
}

func (p *Package) findRecordings(f *Function) {
	ast.Inspect(f.decl.Body, func(n ast.Node) bool {
		if literal, ok := p.stepName(n).(*ast.BasicLit); ok && literal.Kind == token.STRING {
			step, _ := strconv.Unquote(literal.Value)
			p.Recordings = append(p.Recordings, Recording{step, f, p.fset.Position(literal.Pos()).Line})
		}
		return true
	})
}

// Records says whether a function records a step, or begins to.
func (p *Package) Records(f *Function) bool {
	if _, helps := p.names[f.decl.Name.Name]; helps {
		return true
	}
	return slices.ContainsFunc(p.Recordings, func(r Recording) bool { return r.In == f })
}

// Named lists the functions and methods of a name, those of the types that
// record steps first.
func (p *Package) Named(name string) []*Function {
	list := slices.Clone(p.byName[name])
	cores := p.coreTypes()
	slices.SortStableFunc(list, func(a, b *Function) int {
		return rank(cores[a.on]) - rank(cores[b.on])
	})
	return list
}

func rank(core bool) int {
	if core {
		return 0
	}
	return 1
}

// Called finds a function by its name with the type: Core.Acknowledge.
func (p *Package) Called(name string) *Function {
	for _, f := range p.Functions {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// coreTypes are the types whose methods record steps.
func (p *Package) coreTypes() map[string]bool {
	cores := map[string]bool{}
	for _, r := range p.Recordings {
		if r.In.on != "" {
			cores[r.In.on] = true
		}
	}
	return cores
}

// CoreMethods are the exported methods of the types that record steps.
func (p *Package) CoreMethods() []*Function {
	cores := p.coreTypes()
	var list []*Function
	for _, f := range p.Functions {
		if cores[f.on] && f.decl.Name.IsExported() {
			list = append(list, f)
		}
	}
	return list
}

// IsView says whether a function is the View of a type.
func IsView(f *Function) bool { return f.on != "" && f.decl.Name.Name == "View" }

// findView reads the fields that a View method adds.
func (p *Package) findView(f *Function) {
	params := parameters(f.decl)
	if !IsView(f) || len(params) != 1 {
		return
	}
	v := &viewReader{Package: p, seen: map[*Function]bool{}}
	v.read(f, params[0])
}

// viewReader follows a view through the functions that add to it.
type viewReader struct {
	*Package
	seen map[*Function]bool
}

func (v *viewReader) read(f *Function, object string) {
	if v.seen[f] {
		return
	}
	v.seen[f] = true
	ast.Inspect(f.decl.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if rootOf(call.Fun) == object && len(call.Args) > 0 {
			v.chain(f, call, object)
			return false
		}
		for i, arg := range call.Args {
			if id, ok := arg.(*ast.Ident); ok && id.Name == object {
				for _, next := range v.byName[called(call)] {
					if params := parameters(next.decl); i < len(params) && next != f && !IsView(next) {
						v.read(next, params[i])
					}
				}
			}
		}
		return true
	})
}

// chain reads o.Int("a", x).Int("b", y), the last call first.
func (v *viewReader) chain(f *Function, call *ast.CallExpr, object string) {
	if selector, ok := call.Fun.(*ast.SelectorExpr); ok {
		if inner, ok := selector.X.(*ast.CallExpr); ok && rootOf(inner.Fun) == object {
			v.chain(f, inner, object)
		}
	}
	literal, ok := call.Args[0].(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return
	}
	name, _ := strconv.Unquote(literal.Value)
	var from []string
	for _, arg := range call.Args[1:] {
		from = append(from, v.sources(f, arg)...)
	}
	slices.Sort(from)
	from = slices.Compact(from)
	for _, other := range v.Fields {
		if other.Name == name {
			return
		}
	}
	at := v.fset.Position(literal.Pos())
	v.Fields = append(v.Fields, Field{name, strings.Join(from, ", "), filepath.Base(at.Filename), at.Line})
}

// rootOf is the name that a chain of selectors and calls begins with.
func rootOf(e ast.Expr) string {
	for {
		switch x := e.(type) {
		case *ast.SelectorExpr:
			e = x.X
		case *ast.CallExpr:
			e = x.Fun
		case *ast.IndexExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

// sources lists the fields of the receiver that an expression is made of; what
// has none stands as it is.
func (v *viewReader) sources(f *Function, e ast.Expr) []string {
	found := map[string]bool{}
	seen := map[string]bool{}
	var visit func(ast.Node) bool
	visit = func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr: // of c.policy.String() it is c.policy that counts
			fun, ok := n.Fun.(*ast.SelectorExpr)
			if !ok || f.receiver == "" || rootOf(fun) != f.receiver {
				return true
			}
			if _, direct := fun.X.(*ast.Ident); direct {
				return true
			}
			ast.Inspect(fun.X, visit)
			for _, arg := range n.Args {
				ast.Inspect(arg, visit)
			}
			return false
		case *ast.SelectorExpr:
			if f.receiver != "" && rootOf(n) == f.receiver {
				found[v.outer(n, f)] = true
				return false
			}
		case *ast.Ident:
			if !seen[n.Name] {
				seen[n.Name] = true
				for _, value := range assignedTo(f.decl.Body, n.Name) {
					ast.Inspect(value, visit)
				}
			}
		}
		return true
	}
	ast.Inspect(e, visit)
	if len(found) == 0 {
		if _, function := e.(*ast.FuncLit); !function {
			return []string{v.print(e)}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// outer is the selector from the receiver on, as it is written, and notes its
// first field.
func (v *viewReader) outer(s *ast.SelectorExpr, f *Function) string {
	first := s
	for {
		inner, ok := first.X.(*ast.SelectorExpr)
		if !ok {
			break
		}
		first = inner
	}
	v.viewed[f.on+"."+first.Sel.Name] = true
	if rootIsCall(s) {
		return v.print(first)
	}
	return v.print(s)
}

func rootIsCall(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		if _, ok := n.(*ast.CallExpr); ok {
			found = true
		}
		return !found
	})
	return found
}

// assignedTo lists what a name is given in a function: by assignments, and by
// ranging over something.
func assignedTo(body ast.Node, name string) []ast.Expr {
	var list []ast.Expr
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				if id, ok := left.(*ast.Ident); ok && id.Name == name {
					list = append(list, n.Rhs[min(i, len(n.Rhs)-1)])
				}
			}
		case *ast.RangeStmt:
			for _, left := range []ast.Expr{n.Key, n.Value} {
				if id, ok := left.(*ast.Ident); ok && id.Name == name {
					list = append(list, n.X)
				}
			}
		}
		return true
	})
	return list
}

func (p *Package) print(n ast.Node) string {
	var b bytes.Buffer
	if err := printer.Fprint(&b, p.fset, n); err != nil {
		return fmt.Sprint(err)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// On is the type that a method is defined on; "" for a function.
func (f *Function) On() string { return f.on }
