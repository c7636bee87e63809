package conformance

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

// syntax is what SANY knows of a spec: its definitions, with the place of each
// expression in the source.
type syntax struct {
	symbols map[string]*symbol // by UID
}

// symbol is anything that has a name.
type symbol struct {
	kind   string // the XML element, such as UserDefinedOpKind
	name   string
	at     span
	arity  int
	level  int
	kindNo string // of a declaration: 2 a constant, 3 a variable
	params []*symbol
	body   *expr
	local  bool // defined in a LET
	recur  bool
}

// span is a place in a module. Lines and columns begin with 1, and both ends
// belong to it.
type span struct {
	module                         string
	line, column, endLine, endOfIt int
}

// expr is an expression. Its level is 0 for a constant, 1 for a state function
// and 2 for an action.
type expr struct {
	kind   string // the XML element, such as OpApplNode
	at     span
	level  int
	op     *symbol // of OpApplNode and OpArgNode
	args   []*expr
	bounds []bound
	body   *expr // of LetInNode
	text   string
}

// bound is one `x, y \in S' of a quantifier.
type bound struct {
	symbols []*symbol
	tuple   bool
	set     *expr
}

// operator is the name of what is applied, or "".
func (e *expr) operator() string {
	if e.op == nil {
		return ""
	}
	return e.op.name
}

func (e *expr) literal() bool {
	return e.kind != "OpApplNode" && e.kind != "LetInNode" || e.op != nil && (e.op.name == "TRUE" || e.op.name == "FALSE")
}

// element is an XML element with what is in it.
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

// parseSyntax reads SANY's XML document.
func parseSyntax(document []byte) (*syntax, error) {
	root, err := readElement(document)
	if err != nil {
		return nil, err
	}
	context := root.child("modules").child("context")
	if context == nil {
		return nil, errors.New("SANY's syntax tree has no definitions")
	}
	s := &syntax{symbols: map[string]*symbol{}}
	for _, entry := range context.children {
		if len(entry.children) < 2 {
			continue
		}
		x := entry.children[1]
		s.symbols[entry.value("UID")] = &symbol{
			kind: x.name, name: x.value("uniquename"), at: spanOf(x), arity: x.number("arity"), level: x.number("level"),
			kindNo: x.value("kind"), recur: x.child("recursive") != nil,
		}
	}
	for _, entry := range context.children {
		if len(entry.children) < 2 || entry.children[1].name != "UserDefinedOpKind" {
			continue
		}
		x, d := entry.children[1], s.symbols[entry.value("UID")]
		if params := x.child("params"); params != nil {
			for _, p := range params.children {
				d.params = append(d.params, s.symbols[p.value("FormalParamNodeRef", "UID")])
			}
		}
		if body := x.child("body"); body != nil && len(body.children) > 0 {
			d.body = s.expr(body.children[0])
		}
	}
	return s, nil
}

func spanOf(x *element) span {
	at := x.child("location")
	return span{
		module: at.value("filename"),
		line:   at.number("line", "begin"), column: at.number("column", "begin"),
		endLine: at.number("line", "end"), endOfIt: at.number("column", "end"),
	}
}

func (s *syntax) expr(x *element) *expr {
	e := &expr{kind: x.name, at: spanOf(x), level: x.number("level")}
	switch x.name {
	case "OpApplNode":
		if op := x.child("operator"); op != nil && len(op.children) > 0 {
			e.op = s.symbols[op.children[0].value("UID")]
		}
		if operands := x.child("operands"); operands != nil {
			for _, o := range operands.children {
				e.args = append(e.args, s.expr(o))
			}
		}
		if bounds := x.child("boundSymbols"); bounds != nil {
			for _, b := range bounds.children {
				e.bounds = append(e.bounds, s.bound(b))
			}
		}
	case "LetInNode":
		if body := x.child("body"); body != nil && len(body.children) > 0 {
			e.body = s.expr(body.children[0])
		}
		if defs := x.child("opDefs"); defs != nil {
			for _, d := range defs.children {
				if d := s.symbols[d.value("UID")]; d != nil {
					d.local = true
				}
			}
		}
	case "OpArgNode": // an operator that is handed over, such as a LAMBDA
		if op := x.child("argument"); op != nil && len(op.children) > 0 {
			e.op = s.symbols[op.children[0].value("UID")]
		}
	case "StringNode":
		e.text = x.value("StringValue")
	}
	return e
}

func (s *syntax) bound(x *element) bound {
	var b bound
	for _, c := range x.children {
		switch {
		case c.name == "FormalParamNodeRef":
			b.symbols = append(b.symbols, s.symbols[c.value("UID")])
		case c.name == "tuple":
			b.tuple = true
		case x.name == "bound":
			b.set = s.expr(c)
		}
	}
	return b
}

// definition is the one with the given name in one of the modules, which are
// those that a root module stands on by EXTENDS.
func (s *syntax) definition(name string, modules []string) *symbol {
	for _, d := range s.symbols {
		if d.kind == "UserDefinedOpKind" && d.name == name && !d.local && slices.Contains(modules, d.at.module) {
			return d
		}
	}
	return nil
}

// uses finds the applications of an operator of the given module, each with the
// definition that it stands in.
func (s *syntax) uses(operator, module string, in []string, found func(d *symbol, e *expr, scope []*expr)) {
	for _, d := range s.symbols {
		if d.kind != "UserDefinedOpKind" || d.body == nil || d.local || !slices.Contains(in, d.at.module) {
			continue
		}
		var visit func(e *expr, scope []*expr)
		visit = func(e *expr, scope []*expr) {
			if e == nil {
				return
			}
			if e.operator() == operator && e.op.at.module == module {
				found(d, e, scope)
				return
			}
			if e.bounds != nil || e.body != nil {
				scope = append(slices.Clone(scope), e)
			}
			for _, b := range e.bounds {
				visit(b.set, scope)
			}
			for _, a := range e.args {
				visit(a, scope)
			}
			visit(e.body, scope)
		}
		visit(d.body, nil)
	}
}
