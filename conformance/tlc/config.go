package tlc

import (
	"fmt"
	"slices"
	"strings"
)

// Config is what a configuration file of TLC says: the model of a spec.
type Config struct {
	// Expect is what TLC must say of this model, from a comment at the head of
	// the file; nil if there is none.
	Expect *Expect

	Constants     []Constant
	Specification string // or else Init and Next
	Init, Next    string

	Invariants        []string
	Properties        []string
	Constraints       []string
	ActionConstraints []string
	Symmetry          string
	View              string
	// IgnoreDeadlock stands for CHECK_DEADLOCK FALSE, and CheckDeadlock for
	// CHECK_DEADLOCK TRUE. TLC looks for deadlocks where neither is set.
	IgnoreDeadlock, CheckDeadlock bool

	// Alias and Postconditions are known to newer TLCs only.
	Alias          string
	Postconditions []string
}

// Constant gives a constant its value, or replaces a definition.
type Constant struct {
	Name string
	// Value is TLA+ text, as FormatConstant writes it: Name = Value.
	Value string
	// Definition replaces the one of Name: Name <- Definition. With Module set
	// it does so within that module only: Name <- [Module]Definition.
	Definition, Module string
}

func (c Constant) String() string {
	switch {
	case c.Module != "":
		return c.Name + " <- [" + c.Module + "]" + c.Definition
	case c.Definition != "":
		return c.Name + " <- " + c.Definition
	}
	return c.Name + " = " + c.Value
}

// Clone returns a copy that shares nothing with c.
func (c *Config) Clone() *Config {
	d := *c
	if c.Expect != nil {
		e := *c.Expect
		e.Reaches = slices.Clone(e.Reaches)
		d.Expect = &e
	}
	for _, list := range []*[]string{&d.Invariants, &d.Properties, &d.Constraints, &d.ActionConstraints, &d.Postconditions} {
		*list = slices.Clone(*list)
	}
	d.Constants = slices.Clone(c.Constants)
	return &d
}

// OfConsequence is the configuration that has the consequence of a broken rule as its
// only property.
func (c *Config) OfConsequence() *Config {
	d := c.Clone()
	d.Expect = &Expect{Violates: c.Expect.Consequence}
	d.Invariants, d.Properties = nil, nil
	if c.Expect.Keyword == "INVARIANT" {
		d.Invariants = []string{c.Expect.Consequence}
	} else {
		d.Properties = []string{c.Expect.Consequence}
	}
	return d
}

// Set adds a constant, in the place of one with the same name and module.
func (c *Config) Set(constant Constant) {
	for i, old := range c.Constants {
		if old.Name == constant.Name && old.Module == constant.Module {
			c.Constants[i] = constant
			return
		}
	}
	c.Constants = append(c.Constants, constant)
}

// Constant returns the constant or definition with that name.
func (c *Config) Constant(name string) (Constant, bool) {
	for _, constant := range c.Constants {
		if constant.Name == name {
			return constant, true
		}
	}
	return Constant{}, false
}

// String writes the configuration for TLC. ParseConfig reads it back.
func (c *Config) String() string {
	var b strings.Builder
	if c.Expect != nil {
		fmt.Fprintf(&b, "%s%s\n", expectMark, c.Expect)
		if c.Expect.Consequence != "" {
			fmt.Fprintf(&b, "%s%s %s\n", consequenceMark, c.Expect.Keyword, c.Expect.Consequence)
		}
		if len(c.Expect.Reaches) > 0 {
			fmt.Fprintf(&b, "%s%s\n", reachesMark, strings.Join(c.Expect.Reaches, " "))
		}
	}
	if len(c.Constants) > 0 {
		b.WriteString("CONSTANTS\n")
		for _, constant := range c.Constants {
			fmt.Fprintf(&b, "  %s\n", constant)
		}
	}
	line := func(keyword string, names ...string) {
		if names = slices.DeleteFunc(slices.Clone(names), func(s string) bool { return s == "" }); len(names) > 0 {
			fmt.Fprintf(&b, "%s %s\n", keyword, strings.Join(names, " "))
		}
	}
	line("SPECIFICATION", c.Specification)
	line("INIT", c.Init)
	line("NEXT", c.Next)
	line("INVARIANTS", c.Invariants...)
	line("PROPERTIES", c.Properties...)
	line("CONSTRAINTS", c.Constraints...)
	line("ACTION_CONSTRAINTS", c.ActionConstraints...)
	line("SYMMETRY", c.Symmetry)
	line("VIEW", c.View)
	line("ALIAS", c.Alias)
	for _, p := range c.Postconditions {
		line("POSTCONDITION", p)
	}
	if c.IgnoreDeadlock {
		line("CHECK_DEADLOCK", "FALSE")
	}
	if c.CheckDeadlock {
		line("CHECK_DEADLOCK", "TRUE")
	}
	return b.String()
}

// ConfigError says where a configuration is wrong.
type ConfigError struct {
	Line, Column int // from 1
	Msg          string
}

func (e *ConfigError) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Msg) }

// ParseConfig reads a configuration file. The error is a *ConfigError.
func ParseConfig(text string) (*Config, error) {
	c := &Config{}
	var err error
	if c.Expect, err = findExpect(text); err != nil {
		return nil, err
	}
	p := &configParser{config: c, lexer: lexer{text: text, line: 1, column: 1}}
	if err := p.parse(); err != nil {
		return nil, err
	}
	return c, nil
}

// configParser has one token of look-ahead.
type configParser struct {
	config *Config
	lexer  lexer
	token  token
}

func (p *configParser) next() error {
	var err error
	p.token, err = p.lexer.next()
	return err
}

func (p *configParser) errorf(format string, args ...any) error {
	return &ConfigError{Line: p.token.line, Column: p.token.column, Msg: fmt.Sprintf(format, args...)}
}

func (p *configParser) parse() error {
	if err := p.next(); err != nil {
		return err
	}
	for p.token.kind != endToken {
		keyword := p.token
		if keyword.kind != nameToken || !isKeyword(keyword.text) {
			return p.errorf("expected a keyword such as CONSTANTS or INVARIANTS, found %s", keyword)
		}
		if err := p.next(); err != nil {
			return err
		}
		if err := p.section(keyword); err != nil {
			return err
		}
	}
	return nil
}

var keywords = map[string]bool{
	"CONSTANT": true, "CONSTANTS": true, "SPECIFICATION": true, "INIT": true, "NEXT": true,
	"INVARIANT": true, "INVARIANTS": true, "PROPERTY": true, "PROPERTIES": true,
	"CONSTRAINT": true, "CONSTRAINTS": true, "ACTION_CONSTRAINT": true, "ACTION_CONSTRAINTS": true,
	"SYMMETRY": true, "VIEW": true, "ALIAS": true, "POSTCONDITION": true, "POSTCONDITIONS": true, "CHECK_DEADLOCK": true,
}

func isKeyword(s string) bool { return keywords[s] }

// section reads what follows a keyword.
func (p *configParser) section(keyword token) error {
	c := p.config
	switch keyword.text {
	case "CONSTANT", "CONSTANTS":
		return p.constants()
	case "SPECIFICATION":
		return p.one(keyword, &c.Specification)
	case "INIT":
		return p.one(keyword, &c.Init)
	case "NEXT":
		return p.one(keyword, &c.Next)
	case "SYMMETRY":
		return p.one(keyword, &c.Symmetry)
	case "VIEW":
		return p.one(keyword, &c.View)
	case "ALIAS":
		return p.one(keyword, &c.Alias)
	case "CHECK_DEADLOCK":
		return p.checkDeadlock(keyword)
	case "INVARIANT", "INVARIANTS":
		return p.many(&c.Invariants)
	case "PROPERTY", "PROPERTIES":
		return p.many(&c.Properties)
	case "CONSTRAINT", "CONSTRAINTS":
		return p.many(&c.Constraints)
	case "ACTION_CONSTRAINT", "ACTION_CONSTRAINTS":
		return p.many(&c.ActionConstraints)
	default:
		return p.many(&c.Postconditions)
	}
}

// name takes a name that is no keyword.
func (p *configParser) name(what string) (string, error) {
	if p.token.kind != nameToken || isKeyword(p.token.text) {
		return "", p.errorf("expected %s, found %s", what, p.token)
	}
	name := p.token.text
	return name, p.next()
}

// one reads the one name that a keyword takes, which may come only once.
func (p *configParser) one(keyword token, into *string) error {
	if *into != "" {
		return comesTwice(keyword, keyword.text)
	}
	var err error
	*into, err = p.name("a name after " + keyword.text)
	return err
}

func comesTwice(at token, what string) error {
	return &ConfigError{Line: at.line, Column: at.column, Msg: what + " comes twice"}
}

func (p *configParser) many(into *[]string) error {
	for p.token.kind == nameToken && !isKeyword(p.token.text) {
		*into = append(*into, p.token.text)
		if err := p.next(); err != nil {
			return err
		}
	}
	return nil
}

func (p *configParser) checkDeadlock(keyword token) error {
	if p.config.IgnoreDeadlock || p.config.CheckDeadlock {
		return comesTwice(keyword, keyword.text)
	}
	switch p.token.text {
	case "TRUE":
		p.config.CheckDeadlock = true
	case "FALSE":
		p.config.IgnoreDeadlock = true
	default:
		return p.errorf("expected TRUE or FALSE after CHECK_DEADLOCK, found %s", p.token)
	}
	return p.next()
}

func (p *configParser) constants() error {
	for p.token.kind == nameToken && !isKeyword(p.token.text) {
		if err := p.constant(); err != nil {
			return err
		}
	}
	return nil
}

func (p *configParser) constant() error {
	c, begin := Constant{Name: p.token.text}, p.token
	if err := p.next(); err != nil {
		return err
	}
	var err error
	if p.token.text == "(" { // an operator for given arguments: Weight(1) = 2
		if c.Name, err = p.arguments(c.Name); err != nil {
			return err
		}
	}
	switch p.token.text {
	case "=":
		if err := p.next(); err != nil {
			return err
		}
		c.Value, err = p.value()
	case "<-":
		err = p.definition(&c)
	default:
		return p.errorf("expected = or <- after %s, found %s", c.Name, p.token)
	}
	if err != nil {
		return err
	}
	for _, old := range p.config.Constants {
		if old.Name == c.Name && old.Module == c.Module {
			return comesTwice(begin, c.Name)
		}
	}
	p.config.Constants = append(p.config.Constants, c)
	return nil
}

func (p *configParser) arguments(name string) (string, error) {
	list, err := p.enclosed(")")
	return name + list, err
}

func (p *configParser) definition(c *Constant) error {
	if err := p.next(); err != nil {
		return err
	}
	var err error
	if p.token.text == "[" {
		if err := p.next(); err != nil {
			return err
		}
		if c.Module, err = p.name("the name of a module"); err != nil {
			return err
		}
		if p.token.text != "]" {
			return p.errorf("expected ], found %s", p.token)
		}
		if err := p.next(); err != nil {
			return err
		}
	}
	c.Definition, err = p.name("the name of a definition")
	return err
}

// value reads a constant's value and returns it as text on one line: a number,
// a string, a name, or a set of such.
func (p *configParser) value() (string, error) {
	switch {
	case p.token.text == "{":
		return p.enclosed("}")
	case p.token.kind == nameToken && !isKeyword(p.token.text), p.token.kind == stringToken, p.token.kind == numberToken:
		text := p.token.text
		return text, p.next()
	}
	return "", p.errorf("expected a number, a string, a name or a set, found %s", p.token)
}

// enclosed reads values with commas between them up to the closing token.
func (p *configParser) enclosed(closing string) (string, error) {
	text := p.token.text
	if err := p.next(); err != nil {
		return "", err
	}
	for first := true; p.token.text != closing; first = false {
		if !first {
			if p.token.text != "," {
				return "", p.errorf("expected a comma or %s, found %s", closing, p.token)
			}
			text += ", "
			if err := p.next(); err != nil {
				return "", err
			}
		}
		member, err := p.value()
		if err != nil {
			return "", err
		}
		text += member
	}
	return text + closing, p.next()
}
