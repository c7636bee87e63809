package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/urfave/cli/v3"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/crossref"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
)

func (p *Program) mapping() *cli.Command {
	return &cli.Command{
		Name:      "map",
		Usage:     "lay the spec and the code of a pattern side by side",
		ArgsUsage: "PATTERN | -steps DIR [-code PACKAGE] | -write [PATTERN ...]",
		Description: "Each step and each rule of the spec with the functions that do it, the view's\n" +
			"fields with what they come from, and what only one of the two has. It is read from\n" +
			"the sources, so it works inside their module only. Where the two do not fit, or the\n" +
			"core departs from its form (a clock, a goroutine, a change of the view after the\n" +
			"step was recorded), it says so, and the exit code is 1.\n" +
			"-write puts the tables, and the diagrams of rules, into the pages in -docs, and the\n" +
			"picture of what is built on what into its README.md.\n\n" +
			"   lockstep map writeaheadlog\n" +
			"   lockstep map -steps ./spec -code ./server\n" +
			"   lockstep map -write",
		Flags: append(limits(),
			&cli.StringFlag{Name: "steps", Usage: "the folder with a Steps module"},
			&cli.StringFlag{Name: "code", Usage: "the package of the code, for -steps"},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object"},
			&cli.BoolFlag{Name: "write", Usage: "bring the pages up to date"},
			&cli.StringFlag{Name: "docs", Value: "docs", Usage: "the folder of the pages"}),
		Action: p.runMap,
	}
}

func (p *Program) runMap(ctx context.Context, c *cli.Command) error {
	if c.Bool("write") {
		return p.writePages(ctx, c)
	}
	pattern, err := p.mapped(c)
	if err != nil {
		return err
	}
	checker, display, err := p.checker(ctx, c)
	if err != nil {
		return err
	}
	defer display.close()
	sources, err := pattern.Sources()
	if err != nil {
		return err
	}
	m, err := crossref.Make(ctx, checker.Runner(), sources)
	if err != nil {
		return err
	}
	display.close()
	if c.Bool("json") {
		encoder := json.NewEncoder(p.out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(m); err != nil {
			return err
		}
	} else {
		fmt.Fprint(p.out, mapText(m))
	}
	if len(m.Problems) > 0 {
		return errRejected
	}
	return nil
}

// mapped is the pattern with the given name, or one made of the user's spec and code.
func (p *Program) mapped(c *cli.Command) (*conformance.Pattern, error) {
	dir := c.String("steps")
	switch {
	case dir == "" && c.String("code") != "":
		return nil, usage("-code goes with -steps")
	case dir == "":
		return p.onePattern(c)
	case c.Args().Present():
		return nil, usage("give either PATTERN or -steps")
	}
	return &conformance.Pattern{Name: filepath.Base(dir), Spec: os.DirFS(dir), Package: c.String("code")}, nil
}

func (p *Program) writePages(ctx context.Context, c *cli.Command) error {
	patterns := p.parts("")
	overview := !c.Args().Present()
	if !overview {
		patterns = nil
		for _, name := range c.Args().Slice() {
			pattern, err := p.pattern(name)
			if err != nil {
				return err
			}
			patterns = append(patterns, pattern)
		}
	}
	checker, display, err := p.checker(ctx, c)
	if err != nil {
		return err
	}
	defer display.close()
	for _, pattern := range patterns {
		err := p.writePage(filepath.Join(c.String("docs"), pattern.Name+".md"), func(old string) (string, error) {
			sources, err := pattern.Sources()
			if err != nil {
				return "", err
			}
			return crossref.Page(ctx, checker.Runner(), sources, old)
		})
		if err != nil {
			return err
		}
	}
	if !overview {
		return nil
	}
	return p.writeCommonPages(ctx, c.String("docs"))
}

// writeCommonPages brings the pages about all patterns up to date, as far as there are
// such pages.
func (p *Program) writeCommonPages(ctx context.Context, docs string) error {
	var sources []crossref.Sources
	for _, pattern := range p.parts("") {
		from, err := pattern.Sources()
		if err != nil {
			return err
		}
		sources = append(sources, from)
	}
	page := func(pattern string) (string, error) {
		text, err := os.ReadFile(filepath.Join(docs, pattern+".md"))
		return string(text), err
	}
	write := func(name string, remade func(old string) (string, error)) error {
		file := filepath.Join(docs, name)
		if _, err := os.Stat(file); os.IsNotExist(err) {
			return nil
		}
		return p.writePage(file, remade)
	}
	err := write("README.md", func(old string) (string, error) { return crossref.OverviewPage(ctx, sources, old) })
	if err != nil {
		return err
	}
	return write("wild.md", func(old string) (string, error) { return crossref.WildPage(sources, page, old) })
}

// writePage brings one page up to date.
func (p *Program) writePage(file string, remade func(old string) (string, error)) error {
	old, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: -docs: the page %s is missing", conformance.ErrInput, file)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", conformance.ErrInput, err)
	}
	page, err := remade(string(old))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if page == string(old) {
		return nil
	}
	if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
		return err
	}
	fmt.Fprintf(p.out, "%s: written\n", file)
	return nil
}

// mapText is the map as text for people, with files and lines.
func mapText(m *report.CrossReference) string {
	var b strings.Builder
	section := func(title string, head table.Row, rows []table.Row) {
		if len(rows) == 0 {
			return
		}
		t := table.NewWriter()
		t.SetStyle(table.StyleLight)
		t.Style().Format.Header = 0
		t.Style().Options = table.Options{SeparateHeader: true}
		t.AppendHeader(head)
		t.AppendRows(rows)
		fmt.Fprintf(&b, "%s\n%s\n\n", title, t.Render())
	}
	var steps, rules, fields, spec, code []table.Row
	for _, s := range m.Steps {
		where, at := codeText(s.Code)
		if s.Environment {
			where = "the environment: " + where
		}
		if s.Reason != "" {
			where = strings.TrimSpace(where + " (" + s.Reason + ")")
		}
		steps = append(steps, table.Row{s.Step, clipped(s.Action), s.Place, where, at})
	}
	for _, r := range m.Rules {
		where, at := codeText(r.Code)
		rules = append(rules, table.Row{r.Rule, clipped(r.Text), r.Place, where, at})
	}
	for _, f := range m.Fields {
		fields = append(fields, table.Row{f.Field, clipped(f.Spec), f.Place, clipped(f.Code), f.In})
	}
	for _, o := range m.SpecOnly {
		spec = append(spec, table.Row{o.Kind, o.Name, o.Place, clipped(o.Reason)})
	}
	for _, o := range m.CodeOnly {
		code = append(code, table.Row{o.Name, o.Place, clipped(o.Reason)})
	}
	section("Steps", table.Row{"step", "in the spec", "", "in the code", ""}, steps)
	section("Rules", table.Row{"rule", "in the spec", "", "in the code", ""}, rules)
	section("The view", table.Row{"field", "in the spec", "", "in the code", ""}, fields)
	section("Only in the spec", table.Row{"", "", "", "what it is"}, spec)
	section("Only in the code", table.Row{"", "", "what it is"}, code)
	for _, p := range m.Problems {
		fmt.Fprintf(&b, "%s\n", p)
	}
	return b.String()
}

// clipped is a text that fits into a column.
func clipped(s string) string {
	const most = 60
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most-3]) + "..."
	}
	return s
}

// codeText is the functions and their places, one below the other.
func codeText(list []report.Function) (names, places string) {
	var n, p []string
	for _, c := range list {
		n = append(n, c.Name)
		p = append(p, c.Place.String())
	}
	return strings.Join(n, "\n"), strings.Join(p, "\n")
}
