package conformance

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance/gocode"
)

// Map is a spec beside its code, as the sources of both have it.
type Map struct {
	Pattern string     `json:"pattern"`
	Spec    string     `json:"spec"`
	Package string     `json:"package,omitempty"`
	Steps   []MapStep  `json:"steps"`
	Rules   []MapRule  `json:"rules"`
	Fields  []MapField `json:"fields"` // of the view
	// SpecOnly is what only the spec has, and CodeOnly what only the code has,
	// each with what its source says of it.
	SpecOnly []MapOnly `json:"specOnly"`
	CodeOnly []MapOnly `json:"codeOnly"`
	// Problems says, a line each, where the two do not fit, or the code departs
	// from the form in which it can be checked.
	Problems []string `json:"problems"`
}

// MapStep is an action of the spec and the functions that take it.
type MapStep struct {
	Step   string    `json:"step"`
	Action string    `json:"action"` // as the Steps module calls it
	Place  MapPlace  `json:"place"`  // where the spec defines it
	Code   []MapCode `json:"code"`
	// World says that the code under test does not take this step: it happens
	// to it, and those who drive the code record it.
	World  bool   `json:"world,omitempty"`
	Reason string `json:"reason,omitempty"` // why it is on one side only
}

// MapRule is a rule and the functions that carry it.
type MapRule struct {
	Rule  string    `json:"rule"`
	Text  string    `json:"text"` // its definition, or the beginning of it
	Place MapPlace  `json:"place"`
	Code  []MapCode `json:"code"`
	Says  string    `json:"says"` // what the code without it does
}

// MapField is a field of the view.
type MapField struct {
	Field string   `json:"field"`
	Spec  string   `json:"spec"` // the expression
	Place MapPlace `json:"place"`
	Code  string   `json:"code"` // what the code takes it from
	In    MapPlace `json:"in"`
}

// MapOnly is something that one of the two does not have.
type MapOnly struct {
	Name   string   `json:"name"`
	Kind   string   `json:"kind"` // variable, action or method
	Place  MapPlace `json:"place"`
	Reason string   `json:"reason"`
}

// MapPlace is a place in a source.
type MapPlace struct {
	File string `json:"file"`
	Line int    `json:"line"`
}

func (p MapPlace) String() string {
	if p.File == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// MapCode is a function.
type MapCode struct {
	Name  string   `json:"name"` // Core.Acknowledge
	Place MapPlace `json:"place"`
	// Records is false if another function than this records the step.
	Records bool `json:"records,omitempty"`
}

// Sources are what a Map is made of.
type Sources struct {
	Spec *Spec
	Code Code
	// Drivers is the import path of the package that drives the code along the
	// bounded model; "" if there is none.
	Drivers string
	Apart   []Apart
}

// Apart names something that the spec and the code do not have in common, or
// that departs from the form of a core: a step, a rule, a field of the view, or
// a function such as Core.Open.
type Apart struct {
	Name   string
	Reason string
}

// mapper is the work on one Map.
type mapper struct {
	from    Sources
	spec    *specMap
	code    *gocode.Package // nil if there is none
	drivers *gocode.Package // those who drive it
	into    *Map
}

// Map reads both sources of a pattern and lays them side by side. Without a
// Package there is the spec alone. The error is for bad input and for sources
// that are not there.
func (c *Checker) Map(ctx context.Context, from Sources) (*Map, error) {
	m := &mapper{from: from, into: &Map{
		Pattern: from.Code.Name, Spec: from.Spec.Name, Package: from.Code.Package,
		Steps: []MapStep{}, Rules: []MapRule{}, Fields: []MapField{}, SpecOnly: []MapOnly{}, CodeOnly: []MapOnly{}, Problems: []string{},
	}}
	var err error
	if m.spec, err = c.readSpec(ctx, from.Spec); err != nil {
		return nil, err
	}
	if from.Code.Package != "" {
		if m.code, err = readPackage(ctx, from.Code.Package); err != nil {
			return nil, err
		}
	}
	if from.Drivers != "" && from.Drivers != from.Code.Package {
		if m.drivers, err = readPackage(ctx, from.Drivers); err != nil {
			return nil, err
		}
	}
	m.steps()
	if err := m.rules(); err != nil {
		return nil, err
	}
	m.fields()
	m.specOnly()
	m.codeOnly()
	m.faults()
	slices.Sort(m.into.Problems)
	return m.into, nil
}

func readPackage(ctx context.Context, path string) (*gocode.Package, error) {
	dir, err := packageDir(ctx, path)
	if err != nil {
		return nil, err
	}
	return gocode.Read(dir)
}

func (m *mapper) problem(name, format string, args ...any) {
	if _, ok := m.apart(name); !ok {
		m.into.Problems = append(m.into.Problems, fmt.Sprintf(format, args...))
	}
}

// apart is why a name is on one side only.
func (m *mapper) apart(name string) (string, bool) {
	for _, a := range m.from.Apart {
		if a.Name == name {
			return a.Reason, true
		}
	}
	return "", false
}

func code(f *gocode.Function, records bool) MapCode {
	return MapCode{Name: f.Name, Place: MapPlace{f.File, f.Line}, Records: records}
}

// steps puts the code beside each step: the method of its name, and whatever
// records it.
func (m *mapper) steps() {
	known := map[string]bool{}
	for _, s := range m.spec.steps {
		known[s.Step] = true
		m.stepCode(&s)
		s.Reason, _ = m.apart(s.Step)
		m.into.Steps = append(m.into.Steps, s)
		if len(s.Code) == 0 && m.code != nil {
			m.problem(s.Step, "%s: the step %s is in the spec, and nothing in the code records it", s.Place, s.Step)
		}
	}
	if m.code == nil || !m.spec.literal {
		return
	}
	for _, r := range m.code.Recordings {
		if !known[r.Step] {
			m.problem(r.Step, "%s:%d: %s records the step %s, and the spec has none of this name", r.In.File, r.Line, r.In.Name, r.Step)
		}
	}
}

func (m *mapper) stepCode(s *MapStep) {
	if m.code == nil {
		return
	}
	for _, in := range []*gocode.Package{m.code, m.drivers} {
		if in == nil || len(s.Code) > 0 {
			continue
		}
		var recording []*gocode.Function
		for _, r := range in.Recordings {
			if r.Step == s.Step && !slices.Contains(recording, r.In) {
				recording = append(recording, r.In)
			}
		}
		if len(recording) == 0 {
			continue
		}
		s.World = in == m.drivers
		// The method that has the step's name, though another one records it.
		for _, f := range in.Named(s.Step) {
			if !s.World && !slices.Contains(recording, f) && f.On() == recording[0].On() {
				s.Code = append(s.Code, code(f, false))
			}
		}
		for _, f := range recording {
			c := code(f, true)
			if s.World {
				c.Place.File = filepath.Join(filepath.Base(in.Dir), c.Place.File)
			}
			s.Code = append(s.Code, c)
		}
	}
}

// rules puts the code beside each rule: the function of its name or, where
// there is none, those that its broken form replaces.
func (m *mapper) rules() error {
	all, err := m.from.Spec.rules(m.from.Code)
	if err != nil {
		return err
	}
	broken, err := brokenRules(m.from.Code)
	if err != nil {
		return err
	}
	for _, r := range all {
		into := MapRule{Rule: r.Name, Code: []MapCode{}}
		into.Text, into.Place = m.spec.definition(r.Name)
		if into.Place.File == "" {
			m.problem(r.Name, "broken/%s.cfg: the spec defines no %s", r.Name, r.Name)
		}
		if m.code != nil {
			for _, f := range m.code.Named(r.Name) {
				into.Code = append(into.Code, code(f, true))
				break
			}
			for _, b := range broken {
				if b.name != r.Name {
					continue
				}
				into.Says = b.says
				for _, name := range b.functions() {
					if f := m.code.Called(name); f != nil && len(into.Code) == 0 {
						into.Code = append(into.Code, code(f, false))
					}
				}
			}
			if len(into.Code) == 0 {
				m.problem(r.Name, "%s: the rule %s is in the spec, and no function of the code carries it", into.Place, r.Name)
			}
		}
		m.into.Rules = append(m.into.Rules, into)
	}
	return nil
}

// fields puts the fields of the spec's view beside those of the code's, or of
// the world that it runs in.
func (m *mapper) fields() {
	for _, f := range m.spec.fields {
		if m.code != nil && !m.fieldCode(&f) {
			m.problem(f.Field, "%s: the view's field %s is in the spec, and no View of the code adds it", f.Place, f.Field)
		}
		m.into.Fields = append(m.into.Fields, f)
	}
}

// fieldCode finds the View that adds a field.
func (m *mapper) fieldCode(f *MapField) bool {
	for _, in := range []*gocode.Package{m.code, m.drivers} {
		if in == nil {
			continue
		}
		at := slices.IndexFunc(in.Fields, func(c gocode.Field) bool { return c.Name == f.Field })
		if at < 0 {
			continue
		}
		c := in.Fields[at]
		f.Code, f.In = c.From, MapPlace{c.File, c.Line}
		if in == m.drivers {
			f.In.File = filepath.Join(filepath.Base(in.Dir), c.File)
		}
		return true
	}
	return false
}

// specOnly lists what the code does not have: variables that no view shows, and
// actions that the Steps module has no name for.
func (m *mapper) specOnly() {
	m.into.SpecOnly = append(m.into.SpecOnly, m.spec.unseen...)
	for _, a := range m.spec.unnamed {
		if reason, ok := m.apart(a.Name); ok {
			a.Reason = reason
		}
		m.into.SpecOnly = append(m.into.SpecOnly, a)
		m.problem(a.Name, "%s: the action %s is part of Next, and %sSteps has no step for it", a.Place, a.Name, m.into.Spec)
	}
}

// codeOnly lists the methods of the core that are neither a step nor a rule.
func (m *mapper) codeOnly() {
	if m.code == nil {
		return
	}
	used := map[string]bool{}
	for _, s := range m.into.Steps {
		for _, c := range s.Code {
			used[c.Name] = true
		}
	}
	for _, r := range m.into.Rules {
		for _, c := range r.Code {
			used[c.Name] = true
		}
	}
	for _, f := range m.code.CoreMethods() {
		if used[f.Name] || gocode.IsView(f) {
			continue
		}
		reason, ok := m.apart(f.Name)
		if !ok {
			reason = f.Doc
		}
		m.into.CodeOnly = append(m.into.CodeOnly, MapOnly{Name: f.Name, Kind: "method", Place: MapPlace{f.File, f.Line}, Reason: reason})
	}
}

// faults takes over where the core departs from its form.
func (m *mapper) faults() {
	if m.code == nil {
		return
	}
	for _, f := range m.code.Faults() {
		m.problem(f.In.Name, "%s", f)
	}
}
