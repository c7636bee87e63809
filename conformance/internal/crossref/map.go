// Package crossref makes the cross-reference of a spec and its code, and
// updates the generated parts of the documentation pages.
package crossref

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance/gocode"
	"github.com/lockstep-tla/lockstep/conformance/internal/analysis"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/rules"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
)

// Sources are the input of a CrossReference.
type Sources struct {
	Spec *spec.Spec
	Code rules.Code
	// Drivers is the import path of the package that drives the code along the
	// bounded model; "" if there is none.
	Drivers     string
	Divergences []Divergence
	// Traces records one run of each scenario whose course its seed determines.
	// It is nil if there is none.
	Traces func(context.Context) iter.Seq2[Recorded, error]
	// Record records a run of one of these scenarios. It is nil if Traces is.
	Record func(ctx context.Context, scenario string, seed int64) (Recorded, error)
}

// Divergence names a step, a rule or a field of the view that spec and code do
// not share, or a function such as Core.Open that departs from the form of a
// core.
type Divergence struct {
	Name   string
	Reason string
}

// mapper makes one CrossReference.
type mapper struct {
	from    Sources
	spec    *analysis.Module
	code    *gocode.Package // nil if there is none
	drivers *gocode.Package // the package that drives it
	into    *report.CrossReference
}

// Make reads spec and code and lists their elements side by side. Without a
// Package it lists the spec alone. An error means bad input or missing sources.
func Make(ctx context.Context, c *run.Runner, from Sources) (*report.CrossReference, error) {
	m := &mapper{from: from, into: &report.CrossReference{
		Pattern: from.Code.Name, Spec: from.Spec.Name, Package: from.Code.Package,
		Steps: []report.StepRow{}, Rules: []report.RuleRow{}, Fields: []report.FieldRow{}, SpecOnly: []report.OneSided{}, CodeOnly: []report.OneSided{}, Problems: []string{},
	}}
	var err error
	if m.spec, err = analysis.ReadSpec(ctx, c, from.Spec); err != nil {
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
	dir, err := rules.PackageDir(ctx, path)
	if err != nil {
		return nil, err
	}
	return gocode.Read(dir)
}

func (m *mapper) problem(name, format string, args ...any) {
	if _, ok := m.divergence(name); !ok {
		m.into.Problems = append(m.into.Problems, fmt.Sprintf(format, args...))
	}
}

// divergence returns the reason why only the spec or only the code has a name.
func (m *mapper) divergence(name string) (string, bool) {
	for _, a := range m.from.Divergences {
		if a.Name == name {
			return a.Reason, true
		}
	}
	return "", false
}

func code(f *gocode.Function, records bool) report.Function {
	return report.Function{Name: f.Name, Place: report.Place{File: f.File, Line: f.Line}, Records: records}
}

// steps lists the functions for each step: the method of its name, and the
// functions that record it.
func (m *mapper) steps() {
	known := map[string]bool{}
	for _, s := range m.spec.Steps {
		known[s.Step] = true
		m.stepCode(&s)
		s.Reason, _ = m.divergence(s.Step)
		m.into.Steps = append(m.into.Steps, s)
		if len(s.Code) == 0 && m.code != nil {
			m.problem(s.Step, "%s: the step %s is in the spec, and nothing in the code records it", s.Place, s.Step)
		}
	}
	if m.code == nil || !m.spec.Literal {
		return
	}
	for _, r := range m.code.Recordings {
		if !known[r.Step] {
			m.problem(r.Step, "%s:%d: %s records the step %s, and the spec has none of this name", r.In.File, r.Line, r.In.Name, r.Step)
		}
	}
}

func (m *mapper) stepCode(s *report.StepRow) {
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
		s.Environment = in == m.drivers
		// The method with the step's name, although another one records it.
		for _, f := range in.Named(s.Step) {
			if !s.Environment && !slices.Contains(recording, f) && f.On() == recording[0].On() {
				s.Code = append(s.Code, code(f, false))
			}
		}
		for _, f := range recording {
			c := code(f, true)
			if s.Environment {
				c.Place.File = filepath.Join(filepath.Base(in.Dir), c.Place.File)
			}
			s.Code = append(s.Code, c)
		}
	}
}

// rules lists the functions for each rule: the function of its name or, if
// there is none, the functions that its broken form replaces.
func (m *mapper) rules() error {
	all, err := rules.Rules(m.from.Spec, m.from.Code)
	if err != nil {
		return err
	}
	broken, err := rules.BrokenRules(m.from.Code)
	if err != nil {
		return err
	}
	for _, r := range all {
		into := report.RuleRow{Rule: r.Name, Code: []report.Function{}}
		into.Text, into.Place = m.spec.Definition(r.Name)
		if into.Place.File == "" {
			m.problem(r.Name, "broken/%s.cfg: the spec defines no %s", r.Name, r.Name)
		}
		if m.code != nil {
			for _, f := range m.code.Named(r.Name) {
				into.Code = append(into.Code, code(f, true))
				break
			}
			for _, b := range broken {
				if b.Name != r.Name {
					continue
				}
				into.Says = b.Says
				for _, name := range b.Functions() {
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

// fields lists the fields of the spec's view with those of the code's view, or
// of its driver's.
func (m *mapper) fields() {
	for _, f := range m.spec.Fields {
		if m.code != nil && !m.fieldCode(&f) {
			m.problem(f.Field, "%s: the view's field %s is in the spec, and no View of the code adds it", f.Place, f.Field)
		}
		m.into.Fields = append(m.into.Fields, f)
	}
}

// fieldCode finds the View that adds a field.
func (m *mapper) fieldCode(f *report.FieldRow) bool {
	for _, in := range []*gocode.Package{m.code, m.drivers} {
		if in == nil {
			continue
		}
		at := slices.IndexFunc(in.Fields, func(c gocode.Field) bool { return c.Name == f.Field })
		if at < 0 {
			continue
		}
		c := in.Fields[at]
		f.Code, f.In = c.From, report.Place{File: c.File, Line: c.Line}
		if in == m.drivers {
			f.In.File = filepath.Join(filepath.Base(in.Dir), c.File)
		}
		return true
	}
	return false
}

// specOnly lists the variables that no view shows, and the actions that the
// Steps module does not name.
func (m *mapper) specOnly() {
	m.into.SpecOnly = append(m.into.SpecOnly, m.spec.Unseen...)
	for _, a := range m.spec.Unnamed {
		if reason, ok := m.divergence(a.Name); ok {
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
		reason, ok := m.divergence(f.Name)
		if !ok {
			reason = f.Doc
		}
		m.into.CodeOnly = append(m.into.CodeOnly, report.OneSided{Name: f.Name, Kind: "method", Place: report.Place{File: f.File, Line: f.Line}, Reason: reason})
	}
}

// faults reports where the core departs from its form.
func (m *mapper) faults() {
	if m.code == nil {
		return
	}
	for _, f := range m.code.Faults() {
		m.problem(f.In.Name, "%s", f)
	}
}
