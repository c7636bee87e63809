package command

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/urfave/cli/v3"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/htmlreport"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/trace"
)

func (p *Program) check() *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "hold spec and code against each other, in both directions",
		ArgsUsage: "[PATTERN ...] | -steps DIR [TRACE ...]",
		Description: "For each pattern: TLC checks the spec's model; the code runs and its traces are\n" +
			"replayed in the spec; every transition of the bounded model is driven through\n" +
			"the code; every rule is left out, in the spec and in the code, and must be\n" +
			"detected; and accepted traces are falsified, and each must be refused or proved\n" +
			"equivalent.\n\n" +
			"What was accepted is kept in the user's cache folder, and not checked again as\n" +
			"long as nothing changes on which it depends: the spec, the code with all that it\n" +
			"imports, the checker, TLC, Java, Go, and the limits below.\n\n" +
			"With -steps, the spec in a folder is checked without Go code: its models, those in\n" +
			"which a rule is left out, and the traces in the files, replayed and falsified.\n\n" +
			"   lockstep check\n   lockstep check writeaheadlog\n   lockstep check -steps ./spec run1.ndjson\n   lockstep check -json | jq '.patterns[].verdict'\n   lockstep check -html report",
		Flags: append(limits(), &cli.BoolFlag{Name: "json", Usage: "print one JSON object"},
			&cli.BoolFlag{Name: "fresh", Usage: "check also what has not changed since it was last accepted"},
			&cli.BoolFlag{Name: "stats", Usage: "say at the end how much time the runs of TLC took, by their kind"},
			&cli.StringFlag{Name: "steps", Usage: "check the spec in this folder, which has a Steps module, without Go code"},
			&cli.StringFlag{Name: "html", Usage: "write a page with all of it into this folder"},
			&cli.StringFlag{Name: "docs", Value: "docs", Usage: "the folder of the pages about the patterns, as far as there are any: -html takes from PATTERN.md what a rule says"},
			&cli.BoolFlag{Name: "strict", Usage: "reject also where traces leave some of the spec out, and where an explanation does not name the rule"}),
		Action: func(ctx context.Context, c *cli.Command) error {
			if c.IsSet("steps") {
				return p.checkSpec(ctx, c)
			}
			patterns, err := p.named(c.Args().Slice())
			if err != nil {
				return err
			}
			if len(patterns) == 0 {
				return usage("there is no pattern to check")
			}
			return p.runCheck(ctx, c, patterns)
		},
	}
}

func (p *Program) runCheck(ctx context.Context, c *cli.Command, patterns []*conformance.Pattern) error {
	checker, display, err := p.checker(ctx, c)
	if err != nil {
		return err
	}
	defer display.close()
	if c.Bool("stats") {
		stats := &run.Stats{}
		checker.Runner().Stats = stats
		defer func() { fmt.Fprint(p.err, stats) }()
	}
	reports, err := p.findOrCheck(ctx, checker, c, patterns)
	if err != nil {
		return err
	}
	if c.Bool("strict") {
		holdStrictly(reports)
	}
	if dir := c.String("html"); dir != "" {
		if err := htmlreport.Write(ctx, checker, patterns, reports, os.DirFS(c.String("docs")), dir); err != nil {
			return err
		}
	}
	display.close()
	if c.Bool("json") {
		err = p.printReports(reports)
	} else {
		p.showReports(reports)
	}
	return cmp.Or(err, worst(reports))
}

// checkSpec checks a spec without Go code.
func (p *Program) checkSpec(ctx context.Context, c *cli.Command) error {
	for _, flag := range []string{"html", "docs", "fresh", "stats"} {
		if c.IsSet(flag) {
			return usage("-%s does not go with -steps", flag)
		}
	}
	spec, err := p.specOf(c)
	if err != nil {
		return err
	}
	var traces []*trace.Trace
	for _, file := range c.Args().Slice() {
		t, err := traceOf(spec, file)
		if err != nil {
			return err
		}
		traces = append(traces, t)
	}
	checker, display, err := p.checker(ctx, c)
	if err != nil {
		return err
	}
	defer display.close()
	r, err := checker.CheckSpec(ctx, spec, traces)
	if err != nil {
		return err
	}
	reports := []*conformance.Report{r}
	if c.Bool("strict") {
		holdStrictly(reports)
	}
	display.close()
	if c.Bool("json") {
		err = p.printReports(reports)
	} else {
		p.showTable(reports)
		fmt.Fprintln(p.out, "No Go code was checked: that takes a Pattern, with its System and scenarios.")
	}
	return cmp.Or(err, worst(reports))
}

// printReports prints the reports as JSON.
func (p *Program) printReports(reports []*conformance.Report) error {
	encoder := json.NewEncoder(p.out)
	encoder.SetIndent("", "  ")
	shown := make([]shownReport, len(reports))
	for i, r := range reports {
		shown[i] = shownReport{r, r.BlindSpots()}
	}
	return encoder.Encode(map[string]any{"patterns": shown})
}

// shownReport is a report as -json prints it.
type shownReport struct {
	*conformance.Report
	BlindSpots []string `json:"blindSpots,omitempty"`
}

// holdStrictly makes a rejection of what else is only listed. Without a verdict
// there is none to lower: a run that failed may be why something is listed.
func holdStrictly(reports []*conformance.Report) {
	for _, r := range reports {
		if n := len(r.Gaps()); n > 0 {
			if r.Verdict == conformance.Accepted {
				r.Verdict = conformance.Rejected
			}
			r.Problems = append(r.Problems, fmt.Sprintf("strict: %d of what is listed below must not be left", n))
		}
	}
}

// worst is the error that stands for the worst of the verdicts.
func worst(reports []*conformance.Report) error {
	var err error
	for _, r := range reports {
		switch r.Verdict {
		case conformance.Rejected:
			return errRejected
		case conformance.Unknown:
			err = errUnknown
		}
	}
	return err
}

func (p *Program) showReports(reports []*conformance.Report) {
	p.showTable(reports)
	accepted := 0
	for _, r := range reports {
		if r.Verdict == conformance.Accepted {
			accepted++
		}
	}
	fmt.Fprintf(p.out, "%d of %d patterns: spec and code are in step.\n", accepted, len(reports))
}

// showTable prints a row for each report, and below it what is to be said of each.
func (p *Program) showTable(reports []*conformance.Report) {
	t := table.NewWriter()
	t.SetOutputMirror(p.out)
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = 0
	t.Style().Options = table.Options{SeparateHeader: true}
	t.Style().Box.PaddingLeft = ""
	t.AppendHeader(table.Row{"", "", "states,\ndepth", "safety +\nliveness", "refines", "driven", "traces,\nsteps", "of the\nspec", "rules",
		"refused+\nequiv.+\nby hand", "\nseconds"})
	for _, r := range reports {
		t.AppendRow(row(r))
	}
	t.Render()
	for _, r := range reports {
		for _, problem := range r.Problems {
			fmt.Fprintf(p.out, "%s: %s\n", r.Pattern, problem)
		}
	}
	for _, r := range reports {
		for _, gap := range r.Gaps() {
			fmt.Fprintf(p.out, "%s: %s\n", r.Pattern, gap)
		}
		p.showBlindSpots(r, len(reports) == 1)
	}
}

// showBlindSpots lists what the check of a pattern cannot notice a fault in, or only
// says how much that is, if several patterns were checked.
func (p *Program) showBlindSpots(r *conformance.Report, all bool) {
	spots := r.BlindSpots()
	if !all && len(spots) > 0 {
		fmt.Fprintf(p.out, "%s: %d blind spots; lockstep check %s lists them\n", r.Pattern, len(spots), r.Pattern)
		return
	}
	for _, spot := range spots {
		fmt.Fprintf(p.out, "%s: blind spot: %s\n", r.Pattern, spot)
	}
}

// row is a report in the table. Where all is as it should be, one number says so;
// of the columns, "driven" are the transitions of the model that the code took, "of
// the spec" what of it traces exercise, and "refused" the falsified traces.
func row(r *conformance.Report) table.Row {
	return table.Row{
		r.Pattern, r.Verdict,
		fmt.Sprintf("%d, %d", r.Model.Distinct, r.Model.Depth),
		properties(&r.Model),
		strings.Join(r.Model.Refines, ",\n"),
		outOf(r.Explore.Driven, r.Explore.Transitions),
		outOf(r.Replay.Accepted, r.Replay.Traces) + fmt.Sprintf(", %d", r.Replay.Steps), exercised(r),
		rulesOf(r), falsified(r), seconds(r),
	}
}

// outOf is one number if it is all, and else two.
func outOf(some, all int) string {
	if some == all {
		return strconv.Itoa(all)
	}
	return fmt.Sprintf("%d/%d", some, all)
}

// rulesOf is how many rules there are, and if not each is noticed on both sides
// and named by its explanation, how many are.
func rulesOf(r *conformance.Report) string {
	inSpec, inCode, asked := 0, 0, false
	for _, rule := range r.Rules {
		if rule.Spec == report.Detected {
			inSpec++
		}
		if rule.Code == report.Detected {
			inCode++
		}
		asked = asked || rule.Code != ""
	}
	n := len(r.Rules)
	if !asked { // there is no code
		return outOf(inSpec, n)
	}
	if inSpec == n && inCode == n && r.Explained.Explained == n {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%d spec\n%d code\n%d named\nof %d", inSpec, inCode, r.Explained.Explained, n)
}

// falsified says what became of the falsified traces.
func falsified(r *conformance.Report) string {
	f := r.Falsified
	text := fmt.Sprintf("%d+%d", f.Refused, f.Equivalent)
	if f.ByHand > 0 {
		text += fmt.Sprintf("\n+%d", f.ByHand)
	}
	if f.Refused+f.Equivalent+f.ByHand != f.Made {
		text += fmt.Sprintf("/%d", f.Made)
	}
	return text
}

// seconds is how long the check took, if it was made now.
func seconds(r *conformance.Report) string {
	if r.Cached {
		return "cached"
	}
	return strconv.FormatFloat(r.Seconds, 'f', 1, 64)
}

// properties are how many hold, and how many are shown not to.
func properties(m *report.ModelReport) string {
	s := fmt.Sprintf("%d + %d", len(m.Properties), len(m.Liveness))
	if n := len(m.KnownViolations); n > 0 {
		s += fmt.Sprintf(", %d not", n)
	}
	return s
}

// exercised is how much of the spec the traces have exercised.
func exercised(r *conformance.Report) string {
	if r.Replay.Coverage == nil {
		return ""
	}
	some, all := r.Replay.Coverage.Exercised()
	return outOf(some, all)
}
