package htmlreport

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/diagram"
	"github.com/lockstep-tla/lockstep/conformance/internal/chart"
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
	CaughtInSpec   int
	CaughtInCode   int
}

type missed struct{ Text, Link string }

// rule is a rule with its pictures.
type rule struct {
	*report.Rule
	Change       rules.Change // what leaves the rule out
	Chart        picture      // TLC's counterexample
	Trace        picture      // the end of the refused trace
	Verdict      string
	Explanation  string
	NotExplained string
}

// picture is a diagram, and its steps as a list for a screen that is too narrow for it.
type picture struct {
	SVG   template.HTML
	Setup string // the steps that are not drawn
	Steps []step
}

type step struct {
	Node string
	diagram.Step
}

// Write writes the page for the reports into a folder, which it makes if there
// is none. It runs TLC: to draw what needs the messages under way, and to explain
// the refused traces that the reports do not. The reports belong to the patterns, one by one.
func Write(ctx context.Context, c *conformance.Checker, patterns []*conformance.Pattern, reports []*conformance.Report, dir string) error {
	var all []*pattern
	for i, r := range reports {
		p, err := of(ctx, c, patterns[i], r)
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

func of(ctx context.Context, c *conformance.Checker, from *conformance.Pattern, r *conformance.Report) (*pattern, error) {
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
	for _, one := range r.Rules {
		if one.Spec == report.Detected {
			p.CaughtInSpec++
		}
		if one.Code == report.Detected {
			p.CaughtInCode++
		}
		drawn, err := drawRule(ctx, c, s, one)
		if err != nil {
			return nil, err
		}
		if drawn.Change, err = rules.ChangeOf(ctx, s, sources.Code, one.Name); err != nil {
			return nil, err
		}
		p.Rules = append(p.Rules, *drawn)
	}
	return p, nil
}

// drawRule draws what goes wrong without a rule. What cannot be drawn or
// explained is said; only an end of ctx is an error.
func drawRule(ctx context.Context, c *conformance.Checker, s *conformance.Spec, from *report.Rule) (*rule, error) {
	r := &rule{Rule: from}
	if len(from.Counterexample) > 1 {
		source, err := chart.Rule(ctx, c.Runner(), s, from)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err == nil {
			r.Chart = draw(source)
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
		r.Trace = draw(source)
	}
	return r, nil
}

// mostSteps is how many steps of a behaviour are drawn.
const mostSteps = 15

func draw(source diagram.Source) (p picture) {
	d, err := diagram.New(source, diagram.Options{Most: mostSteps})
	if err != nil {
		return p
	}
	p.SVG = template.HTML(d.Inline()) // all text in it is escaped
	p.Setup = d.Left()
	for _, s := range d.Steps {
		p.Steps = append(p.Steps, step{d.Lanes[s.Lane], s})
	}
	return p
}
