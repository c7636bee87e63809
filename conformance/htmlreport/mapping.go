package htmlreport

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/crossref"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/rules"
)

// table has the elements of one kind in the spec beside what they are in the code.
type table struct {
	Kind string // of its rows
	Rows []row
}

type row struct {
	ID, Name string
	Spec     string // its definition, or the beginning of it
	Place    string // of that
	Code     []function
	Note     string
}

type function struct{ Name, Place string }

// rowID is the name of a row on the page.
func rowID(pattern, kind, name string) string { return pattern + "-" + kind + "-" + name }

// mapping lays the spec and the code side by side, with the Go files that it names. Without
// the sources of the code it has the spec alone.
func (p *pattern) mapping(ctx context.Context, c *conformance.Checker, from crossref.Sources) error {
	m, err := crossref.Make(ctx, c.Runner(), from)
	if errors.Is(err, rules.ErrNoSources) {
		from.Code.Package, from.Drivers = "", ""
		m, err = crossref.Make(ctx, c.Runner(), from)
	}
	if err != nil {
		return err
	}
	p.tables(m)
	return p.files(ctx, from)
}

// tables are the steps, the rules and the view.
func (p *pattern) tables(m *report.CrossReference) {
	steps, carried, view := table{Kind: "step"}, table{Kind: "rule"}, table{Kind: "field"}
	add := func(t *table, name, spec string, at report.Place, code []report.Function) *row {
		r := row{ID: rowID(p.Pattern, "map-"+t.Kind, name), Name: name, Spec: strings.Join(strings.Fields(spec), " "), Place: at.String()}
		for _, f := range code {
			r.Code = append(r.Code, function{f.Name, f.Place.String()})
		}
		t.Rows = append(t.Rows, r)
		return &t.Rows[len(t.Rows)-1]
	}
	for _, s := range m.Steps {
		r := add(&steps, s.Step, s.Action, s.Place, s.Code)
		if r.Note = s.Reason; s.Environment && r.Note == "" {
			r.Note = "not its doing: the run records it"
		}
	}
	for _, r := range m.Rules {
		add(&carried, r.Rule, r.Text, r.Place, r.Code)
	}
	for _, f := range m.Fields {
		add(&view, f.Field, f.Spec, f.Place, []report.Function{{Name: f.Code, Place: f.In}})
	}
	for _, t := range []table{steps, carried, view} {
		if len(t.Rows) > 0 {
			p.Tables = append(p.Tables, t)
		}
	}
}

// files reads the sources that the tables name and the page does not show yet.
func (p *pattern) files(ctx context.Context, from crossref.Sources) error {
	for _, name := range p.named() {
		if module, ok := strings.CutSuffix(name, ".tla"); ok {
			p.Files = append(p.Files, plain(p.Pattern, module, from.Spec.Source(module)))
			continue
		}
		in := from.Code.Package
		if filepath.Base(name) != name { // the base of the drivers' folder and the file
			in = from.Drivers
		}
		dir, err := rules.PackageDir(ctx, in)
		if err != nil {
			return err
		}
		source, err := os.ReadFile(filepath.Join(dir, filepath.Base(name)))
		if err != nil {
			return fmt.Errorf("%w: %w", conformance.ErrInput, err)
		}
		p.Files = append(p.Files, plain(p.Pattern, name, string(source)))
	}
	return nil
}

// named are the files in the tables, those of the spec first, without what the page shows.
func (p *pattern) named() []string {
	var inSpec, inCode []string
	add := func(to *[]string, place string) {
		name, _, ok := strings.Cut(place, ":")
		shown := func(m module) bool { return m.File() == name }
		if ok && !slices.Contains(*to, name) && !slices.ContainsFunc(p.Modules, shown) {
			*to = append(*to, name)
		}
	}
	for _, t := range p.Tables {
		for _, r := range t.Rows {
			add(&inSpec, r.Place)
			for _, f := range r.Code {
				add(&inCode, f.Place)
			}
		}
	}
	return append(inSpec, inCode...)
}

// plain is a source without colours.
func plain(pattern, name, source string) module {
	var lines []sourceLine
	for text := range strings.SplitSeq(strings.TrimRight(source, "\n"), "\n") {
		lines = append(lines, sourceLine{anchor(pattern, name, len(lines)+1), []sourcePart{{Text: text}}})
	}
	return module{name, lines}
}

// Row is where the mapping has an element, as a link; "" if it has none.
func (p *pattern) Row(kind, name string) string {
	id := rowID(p.Pattern, "map-"+kind, name)
	for _, t := range p.Tables {
		if slices.ContainsFunc(t.Rows, func(r row) bool { return r.ID == id }) {
			return "#" + id
		}
	}
	return ""
}
