package htmlreport

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/diagram"
	"github.com/lockstep-tla/lockstep/conformance/internal/chart"
	"github.com/lockstep-tla/lockstep/conformance/internal/crossref"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/rules"
)

//go:embed report.html
var page string

var htmlTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"caught": func(c report.Detection) string {
		if c == report.Detected {
			return "good"
		}
		return "bad"
	},
	"verdict": func(o conformance.Outcome) string {
		if o == conformance.Accepted {
			return "good"
		}
		return "bad"
	},
	"join": strings.Join,
}).Parse(page))

// Name is the name of the page in its folder.
const Name = "index.html"

// pattern is what the page has of one pattern.
type pattern struct {
	*conformance.Report
	Spec           string
	Exercised, All int
	Missed         []missed
	Unsure         string
	Rules          []rule
	Modules        []module
	Tables         []table
	Files          []module // of Go
	CaughtInSpec   int
	CaughtInCode   int
}

type missed struct{ Text, Link string }

// rule is a rule with its pictures.
type rule struct {
	*report.Rule
	Sentence     template.HTML // what the page says that the rule is
	Change       rules.Change  // what leaves the rule out
	Chart        picture       // TLC's counterexample
	Trace        picture       // the end of the refused trace
	Verdict      string
	Explanation  string
	NotExplained string
}

// Write writes the page for the reports into a folder, which it makes if there
// is none. It runs TLC: to draw what needs the messages under way, and to explain
// the refused traces that the reports do not. The reports belong to the patterns, one by one.
// pages may have a page PATTERN.md about each, which says what its rules are; nil stands for none.
func Write(ctx context.Context, c *conformance.Checker, patterns []*conformance.Pattern, reports []*conformance.Report, pages fs.FS, dir string) error {
	var all []*pattern
	for i, r := range reports {
		about, err := pageOf(pages, cmp.Or(patterns[i].PartOf, r.Pattern))
		if err != nil {
			return err
		}
		p, err := of(ctx, c, patterns[i], r, about)
		if err != nil {
			return fmt.Errorf("%s: %w", r.Pattern, err)
		}
		all = append(all, p)
	}
	accepted := 0
	for _, p := range all {
		if p.Report.Verdict == conformance.Accepted {
			accepted++
		}
	}
	var b bytes.Buffer
	err := htmlTemplate.Execute(&b, map[string]any{
		"Patterns": all, "Accepted": accepted, "DiagramStyle": template.CSS(diagram.Style),
	})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("%w: %w", conformance.ErrInput, err)
	}
	if err := os.WriteFile(filepath.Join(dir, Name), b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("%w: %w", conformance.ErrInput, err)
	}
	return nil
}

// pageOf is the page about a pattern; "" if there is none.
func pageOf(pages fs.FS, pattern string) (string, error) {
	if pages == nil {
		return "", nil
	}
	page, err := fs.ReadFile(pages, pattern+".md")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%w: %w", conformance.ErrInput, err)
	}
	return string(page), nil
}

func of(ctx context.Context, c *conformance.Checker, from *conformance.Pattern, r *conformance.Report, page string) (*pattern, error) {
	sources, err := from.Sources()
	if err != nil {
		return nil, err
	}
	s := sources.Spec
	p := &pattern{Report: r, Spec: s.Name}
	if cover := r.Replay.Coverage; cover != nil {
		p.Exercised, p.All = cover.Exercised()
		p.Unsure = cover.Unsure
		for _, e := range cover.Missed() {
			p.Missed = append(p.Missed, missed{e.String(), anchor(r.Pattern, strings.TrimSuffix(e.Place.File, ".tla"), e.Place.Line)})
		}
		p.Modules = modules(r.Pattern, s, cover)
	}
	if err := p.mapping(ctx, c, sources); err != nil {
		return nil, err
	}
	for _, one := range r.Rules {
		if one.Spec == report.Detected {
			p.CaughtInSpec++
		}
		if one.Code == report.Detected {
			p.CaughtInCode++
		}
		drawn, err := p.drawRule(ctx, c, s, one)
		if err != nil {
			return nil, err
		}
		drawn.Sentence = fromMarkdown(crossref.RuleSays(page, one.Name))
		if drawn.Change, err = rules.ChangeOf(ctx, s, sources.Code, one.Name); err != nil {
			return nil, err
		}
		p.Rules = append(p.Rules, *drawn)
	}
	return p, nil
}

// drawRule draws what goes wrong without a rule. What cannot be drawn or
// explained is said; only an end of ctx is an error.
func (p *pattern) drawRule(ctx context.Context, c *conformance.Checker, s *conformance.Spec, from *report.Rule) (*rule, error) {
	r := &rule{Rule: from}
	id := rowID(p.Pattern, "rule", from.Name)
	if len(from.Counterexample) > 1 {
		source, err := chart.Rule(ctx, c.Runner(), s, from)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err == nil {
			r.Chart = p.draw(id+"-spec", "Counterexample without "+from.Name, source)
		}
	}
	x := from.Explanation // a check has it already
	if from.Refused == nil {
		if x != nil { // what the code does differently was found by Explore
			r.Explanation = x.String()
		}
		return r, nil
	}
	r.Verdict = from.Verdict.String()
	if x == nil {
		var err error
		if x, err = c.Explain(ctx, s, from.Refused, from.Verdict); ctx.Err() != nil {
			return nil, context.Cause(ctx)
		} else if err != nil {
			r.NotExplained = err.Error()
		}
	}
	source, err := chart.Trace(ctx, c.Runner(), s, from.Refused, from.Verdict)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if x != nil {
		// The path is that of a file which is gone.
		r.Explanation = strings.ReplaceAll(x.String(), from.Refused.Name, filepath.Base(from.Refused.Name))
		source.Reason = x.Summary
	}
	if err == nil {
		r.Trace = p.draw(id+"-code", "Trace of the code without "+from.Name, source)
		if last := r.Trace.Last(); last != nil && last.Refused && r.Explanation != "" {
			last.Why = "#" + id + "-why"
		}
	}
	return r, nil
}
