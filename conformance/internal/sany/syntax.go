// Package sany reads the syntax tree of a spec as SANY, TLA+'s parser, writes
// it. It also makes copies of the sources with text inserted at places of the
// tree.
package sany

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Syntax is the syntax tree of a spec: its definitions, with the place of each
// expression in the source.
type Syntax struct {
	Symbols map[string]*Symbol // by UID
}

// Symbol is a named element: a definition, a declaration, a parameter or a
// built-in operator.
type Symbol struct {
	Kind   string // the XML element, such as UserDefinedOpKind
	Name   string
	At     Span
	Arity  int
	Level  int
	KindNo string // of a declaration: 2 a constant, 3 a variable
	Params []*Symbol
	Body   *Expr
	Local  bool // defined in a LET
	Recur  bool
	// Origin is, for a name such as S!A, the definition A of the module that S
	// instantiates. It is nil for all others.
	Origin *Symbol
}

// Span is a place in a module. Lines and columns begin with 1, and the Span
// includes both ends.
type Span struct {
	Module                         string
	Line, Column, EndLine, EndOfIt int
}

// Expr is an expression. Its level is 0 for a constant, 1 for a state function
// and 2 for an action.
type Expr struct {
	Kind   string // the XML element, such as OpApplNode
	At     Span
	Level  int
	Op     *Symbol // of OpApplNode and OpArgNode
	Args   []*Expr
	Bounds []bound
	Body   *Expr // of LetInNode
	Text   string

	instantiated Span // of SubstInNode: the place of the body in its own module
	// Substs are, of SubstInNode, what stands for the constants and variables of
	// the instantiated module, and of those on the way to it.
	Substs map[*Symbol]*Expr
}

// bound is one `x, y \in S' of a quantifier.
type bound struct {
	Symbols []*Symbol
	Tuple   bool
	Set     *Expr
}

// Operator returns the name of the operator that the expression applies, or "".
func (e *Expr) Operator() string {
	if e.Op == nil {
		return ""
	}
	return e.Op.Name
}

// Literal reports whether the expression is a number or a string.
func (e *Expr) Literal() bool {
	return e.Kind != "OpApplNode" && e.Kind != "LetInNode" || e.Op != nil && (e.Op.Name == "TRUE" || e.Op.Name == "FALSE")
}

// element is an XML element with its content.
type element struct {
	name     string
	text     string
	children []*element
}

func (x *element) child(name string) *element {
	if x != nil {
		for _, c := range x.children {
			if c.name == name {
				return c
			}
		}
	}
	return nil
}

func (x *element) value(path ...string) string {
	for _, name := range path {
		x = x.child(name)
	}
	if x == nil {
		return ""
	}
	return strings.TrimSpace(x.text)
}

func (x *element) number(path ...string) int {
	n, _ := strconv.Atoi(x.value(path...))
	return n
}

func readElement(document []byte) (*element, error) {
	decoder := xml.NewDecoder(bytes.NewReader(document))
	root := &element{}
	open := []*element{root}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return root, nil
		}
		if err != nil {
			return nil, fmt.Errorf("SANY's syntax tree: %w", err)
		}
		top := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			x := &element{name: token.Name.Local}
			top.children = append(top.children, x)
			open = append(open, x)
		case xml.EndElement:
			if open = open[:len(open)-1]; len(open) == 1 {
				return root, nil
			}
		case xml.CharData:
			top.text += string(token)
		}
	}
}

// ParseSyntax reads SANY's XML document.
func ParseSyntax(document []byte) (*Syntax, error) {
	root, err := readElement(document)
	if err != nil {
		return nil, err
	}
	context := root.child("modules").child("context")
	if context == nil {
		return nil, errors.New("SANY's syntax tree has no definitions")
	}
	s := &Syntax{Symbols: map[string]*Symbol{}}
	for _, entry := range context.children {
		if len(entry.children) < 2 {
			continue
		}
		x := entry.children[1]
		s.Symbols[entry.value("UID")] = &Symbol{
			Kind: x.name, Name: x.value("uniquename"), At: spanOf(x), Arity: x.number("arity"), Level: x.number("level"),
			KindNo: x.value("kind"), Recur: x.child("recursive") != nil,
		}
	}
	for _, entry := range context.children {
		if len(entry.children) < 2 || entry.children[1].name != "UserDefinedOpKind" {
			continue
		}
		x, d := entry.children[1], s.Symbols[entry.value("UID")]
		if params := x.child("params"); params != nil {
			for _, p := range params.children {
				d.Params = append(d.Params, s.Symbols[p.value("FormalParamNodeRef", "UID")])
			}
		}
		if body := x.child("body"); body != nil && len(body.children) > 0 {
			d.Body = s.expr(body.children[0])
		}
	}
	s.findOrigins()
	return s, nil
}

// findOrigins connects the names that an INSTANCE defines to the definitions of
// the module that it instantiates. They have the place of their body in common.
func (s *Syntax) findOrigins() {
	original := map[Span]*Symbol{}
	for _, d := range s.Symbols {
		if d.Kind == "UserDefinedOpKind" && !d.Local && d.Body != nil && d.At.Module == d.Body.At.Module &&
			d.Body.Kind != "SubstInNode" && Inside(d.Body.At, d.At) {
			original[d.Body.At] = d
		}
	}
	for _, d := range s.Symbols {
		if d.Kind != "UserDefinedOpKind" || !strings.Contains(d.Name, "!") || d.Body == nil {
			continue
		}
		at := d.Body.At
		if d.Body.Kind == "SubstInNode" {
			at = d.Body.instantiated
		}
		if origin := original[at]; origin != d {
			d.Origin = origin
		}
	}
}

func spanOf(x *element) Span {
	at := x.child("location")
	return Span{
		Module: at.value("filename"),
		Line:   at.number("line", "begin"), Column: at.number("column", "begin"),
		EndLine: at.number("line", "end"), EndOfIt: at.number("column", "end"),
	}
}

func (s *Syntax) expr(x *element) *Expr {
	e := &Expr{Kind: x.name, At: spanOf(x), Level: x.number("level")}
	switch x.name {
	case "OpApplNode":
		if op := x.child("operator"); op != nil && len(op.children) > 0 {
			e.Op = s.Symbols[op.children[0].value("UID")]
		}
		if operands := x.child("operands"); operands != nil {
			for _, o := range operands.children {
				e.Args = append(e.Args, s.expr(o))
			}
		}
		if bounds := x.child("boundSymbols"); bounds != nil {
			for _, b := range bounds.children {
				e.Bounds = append(e.Bounds, s.bound(b))
			}
		}
	case "LetInNode":
		if body := x.child("body"); body != nil && len(body.children) > 0 {
			e.Body = s.expr(body.children[0])
		}
		if defs := x.child("opDefs"); defs != nil {
			for _, d := range defs.children {
				if d := s.Symbols[d.value("UID")]; d != nil {
					d.Local = true
				}
			}
		}
	case "OpArgNode": // an operator as an argument, such as a LAMBDA
		if op := x.child("argument"); op != nil && len(op.children) > 0 {
			e.Op = s.Symbols[op.children[0].value("UID")]
		}
	case "SubstInNode": // one for each INSTANCE on the way
		e.Substs = map[*Symbol]*Expr{}
		for inner := x; inner != nil && inner.name == "SubstInNode"; {
			s.substitute(e.Substs, inner.child("substs"))
			body := inner.child("body")
			if body == nil || len(body.children) == 0 {
				break
			}
			inner = body.children[0]
			e.instantiated = spanOf(inner)
		}
	case "StringNode":
		e.Text = x.value("StringValue")
	}
	return e
}

// substitute adds the substitutions of one INSTANCE.
func (s *Syntax) substitute(into map[*Symbol]*Expr, substs *element) {
	if substs == nil {
		return
	}
	for _, one := range substs.children {
		if len(one.children) != 2 {
			continue
		}
		if declared := s.Symbols[one.value("OpDeclNodeRef", "UID")]; declared != nil {
			into[declared] = s.expr(one.children[1])
		}
	}
}

func (s *Syntax) bound(x *element) bound {
	var b bound
	for _, c := range x.children {
		switch {
		case c.name == "FormalParamNodeRef":
			b.Symbols = append(b.Symbols, s.Symbols[c.value("UID")])
		case c.name == "tuple":
			b.Tuple = true
		case x.name == "bound":
			b.Set = s.expr(c)
		}
	}
	return b
}

// Definition returns the definition of a name in one of the modules, or nil.
// The modules are those that a root module extends.
func (s *Syntax) Definition(name string, modules []string) *Symbol {
	for _, d := range s.Symbols {
		if d.Kind == "UserDefinedOpKind" && d.Name == name && !d.Local && slices.Contains(modules, d.At.Module) {
			return d
		}
	}
	return nil
}

// Uses calls found for each application of an operator of the given module,
// with the definition that contains the application.
func (s *Syntax) Uses(operator, module string, in []string, found func(d *Symbol, e *Expr, scope []*Expr)) {
	for _, d := range s.Symbols {
		if d.Kind != "UserDefinedOpKind" || d.Body == nil || d.Local || !slices.Contains(in, d.At.Module) {
			continue
		}
		var visit func(e *Expr, scope []*Expr)
		visit = func(e *Expr, scope []*Expr) {
			if e == nil {
				return
			}
			if e.Operator() == operator && e.Op.At.Module == module {
				found(d, e, scope)
				return
			}
			if e.Bounds != nil || e.Body != nil {
				scope = append(slices.Clone(scope), e)
			}
			for _, b := range e.Bounds {
				visit(b.Set, scope)
			}
			for _, a := range e.Args {
				visit(a, scope)
			}
			visit(e.Body, scope)
		}
		visit(d.Body, nil)
	}
}

// Parts returns the operands of a conjunction or disjunction, in either
// notation.
func Parts(e *Expr, names ...string) []*Expr {
	if !slices.Contains(names, e.Operator()) || e.Kind != "OpApplNode" {
		return []*Expr{e}
	}
	var all []*Expr
	for _, a := range e.Args {
		all = append(all, Parts(a, names...)...)
	}
	return all
}

var (
	AndNames = []string{"$ConjList", `\land`}
	OrNames  = []string{"$DisjList", `\lor`}
)
