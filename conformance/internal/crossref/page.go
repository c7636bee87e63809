package crossref

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/diagram"
	"github.com/lockstep-tla/lockstep/conformance/internal/chart"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/rules"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
)

// A page has parts that are made from the sources. They lie between two lines:
//
//	<!-- lockstep:map begin -->
//	<!-- lockstep:map end -->
//
// or, for TLC's counterexample of the spec without a rule, or of a Limit,
//
//	<!-- lockstep:diagram RULE begin -->
//	<!-- lockstep:diagram RULE end -->
//
// or, for a step in the spec, in the code and in a trace,
//
//	<!-- lockstep:step STEP begin -->
//	<!-- lockstep:step STEP end -->
//
// or, for some steps of a run that its seed determines,
//
//	<!-- lockstep:run SCENARIO SEED FIRST-LAST begin -->
//	<!-- lockstep:run SCENARIO SEED FIRST-LAST end -->
//
// and on the page about all patterns there is their Overview:
//
//	<!-- lockstep:overview begin -->
//	<!-- lockstep:overview end -->
//
// and on the page about public bugs what all pages have Seen in the wild:
//
//	<!-- lockstep:wild begin -->
//	<!-- lockstep:wild end -->
var (
	regionBegin = regexp.MustCompile(`^<!-- lockstep:(map|diagram \w+|step \w+|run \w+ \d+ \d+-\d+|overview|wild) begin -->$`)
	regionLike  = regexp.MustCompile(`^<!--\s*lockstep\b`)
	regionEnd   = "<!-- lockstep:%s end -->"
)

// Page returns the text of a page with its generated parts updated. It appends
// a part for the cross-reference if the page has none.
func Page(ctx context.Context, c *run.Runner, from Sources, text string) (string, error) {
	if !strings.Contains(text, "<!-- lockstep:map begin -->") {
		text = strings.TrimRight(text, "\n") + "\n\n## Spec and code, side by side\n\nMade from the sources by `lockstep map -write`. `lockstep map " + from.Code.Name + "`\n" +
			"shows the lines too.\n\n<!-- lockstep:map begin -->\n<!-- lockstep:map end -->\n"
	}
	return remade(text, func(what string) (string, error) { return region(ctx, c, from, what) })
}

// OverviewPage returns the text of the page about all patterns with its
// generated part updated.
func OverviewPage(ctx context.Context, patterns []Sources, text string) (string, error) {
	return remade(text, func(what string) (string, error) {
		if what != "overview" {
			return "", fmt.Errorf("%w: the page about all patterns has no part %q", spec.ErrInput, what)
		}
		return Overview(ctx, patterns)
	})
}

// remade replaces each generated part of a page.
func remade(text string, make func(what string) (string, error)) (string, error) {
	var out strings.Builder
	inside := ""
	number := 0
	for line := range strings.Lines(text) {
		number++
		plain := strings.TrimSpace(line)
		switch found := regionBegin.FindStringSubmatch(plain); {
		case inside != "":
			if plain != fmt.Sprintf(regionEnd, inside) {
				continue
			}
			inside = ""
			out.WriteString(line)
		case found != nil:
			inside = found[1]
			made, err := make(inside)
			if err != nil {
				return "", err
			}
			out.WriteString(line + "\n" + made + "\n")
		case regionLike.MatchString(plain):
			return "", fmt.Errorf("%w: line %d: %s is no beginning of a generated part", spec.ErrInput, number, plain)
		default:
			out.WriteString(line)
		}
	}
	if inside != "" {
		return "", fmt.Errorf("%w: the line %q is missing", spec.ErrInput, fmt.Sprintf(regionEnd, inside))
	}
	return out.String(), nil
}

// region generates one part of a page.
func region(ctx context.Context, c *run.Runner, from Sources, what string) (string, error) {
	if step, ok := strings.CutPrefix(what, "step "); ok {
		return stepRegion(ctx, c, from, step)
	}
	if steps, ok := strings.CutPrefix(what, "run "); ok {
		return runRegion(ctx, c, from, steps)
	}
	rule, isDiagram := strings.CutPrefix(what, "diagram ")
	if what == "overview" || what == "wild" {
		return "", fmt.Errorf("%w: the page of %s is about one pattern: it has no part %q", spec.ErrInput, from.Code.Name, what)
	}
	if !isDiagram {
		m, err := Make(ctx, c, from)
		if err != nil {
			return "", err
		}
		return Markdown(m), nil
	}
	r, err := rules.Counterexample(ctx, c, from.Spec, rule)
	if err != nil {
		return "", err
	}
	if r.Spec != report.Detected {
		return "", fmt.Errorf("%w: the page of %s: there is no counterexample without %s: %s", spec.ErrInput, from.Code.Name, rule, r.Message)
	}
	source, err := chart.Rule(ctx, c, from.Spec, r)
	if err != nil {
		return "", err
	}
	d, err := diagram.New(source, diagram.Options{})
	if err != nil {
		return "", err
	}
	return "```mermaid\n" + d.Mermaid() + "```\n", nil
}
