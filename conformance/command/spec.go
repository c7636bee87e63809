package command

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/urfave/cli/v3"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/explain"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/rules"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
)

func (p *Program) list() *cli.Command {
	return &cli.Command{
		Name:      "list",
		Usage:     "the patterns, with what exists for each",
		ArgsUsage: "[PATTERN]",
		Action: func(_ context.Context, c *cli.Command) error {
			if c.Args().Present() {
				pattern, err := p.onePattern(c)
				if err != nil {
					return err
				}
				return p.listOne(pattern)
			}
			return p.listAll()
		},
	}
}

func (p *Program) listAll() error {
	t := table.NewWriter()
	t.SetOutputMirror(p.out)
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = 0
	t.AppendHeader(table.Row{"pattern", "spec", "models", "steps", "rules", "scenarios"})
	for _, pattern := range p.Patterns {
		spec, models, rules, err := about(pattern)
		if err != nil {
			return err
		}
		t.AppendRow(table.Row{pattern.Name, spec.Name, len(models), len(spec.Steps()), len(rules), len(pattern.Scenarios)})
	}
	t.Render()
	return nil
}

func about(pattern *conformance.Pattern) (spec *conformance.Spec, models, rules []string, err error) {
	if spec, err = conformance.Load(pattern.Spec, pattern.Library...); err != nil {
		return nil, nil, nil, err
	}
	if models, err = spec.Models(); err != nil {
		return nil, nil, nil, err
	}
	rules, err = spec.BrokenRules()
	return spec, models, rules, err
}

func (p *Program) listOne(pattern *conformance.Pattern) error {
	spec, models, rules, err := about(pattern)
	if err != nil {
		return err
	}
	limits, err := spec.KnownViolations()
	if err != nil {
		return err
	}
	abstract, err := spec.Abstract()
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "spec       %s\nmodels     %s\nsteps      %s\nrules      %s\nscenarios\n",
		spec.Name, strings.Join(models, ", "), strings.Join(spec.Steps(), ", "), strings.Join(rules, ", "))
	for _, s := range pattern.Scenarios {
		fmt.Fprintf(p.out, "  %-10s %s\n", s.Name, s.About)
	}
	if len(abstract) > 0 {
		fmt.Fprintf(p.out, "abstract   %s\n", strings.Join(abstract, ", "))
	}
	if len(limits) > 0 {
		fmt.Fprintln(p.out, "limits")
	}
	for _, l := range limits {
		fmt.Fprintf(p.out, "  %-10s violates %s: %s\n", l.Name, l.Violates, l.Shows)
	}
	return nil
}

func (p *Program) tlc() *cli.Command {
	return &cli.Command{
		Name:      "tlc",
		Usage:     "run TLC on the spec of a pattern",
		ArgsUsage: "(PATTERN | -steps DIR) [-model NAME] [-- TLC FLAGS]",
		Description: "Without -model it is the ordinary model; Large is the large one, the name of an\n" +
			"abstract spec its own, and the name of a rule the model in which that rule is\n" +
			"left out.\n\n" +
			"   lockstep tlc writeaheadlog -model Large -- -workers 2\n" +
			"   lockstep tlc writeaheadlog -- -coverage 1\n" +
			"   lockstep tlc -steps ./spec\n\n" +
			"On several machines (TLC checks safety only then, and does not name what is violated):\n\n" +
			"   lockstep tlc writeaheadlog -model Large -distributed -address 10.0.0.1\n" +
			"   lockstep tlc -join 10.0.0.1 -address 10.0.0.2",
		Flags: append(append(limits(), &cli.StringFlag{Name: "model", Usage: "another model of the pattern, such as Large, or the name of a rule"},
			&cli.StringFlag{Name: "steps", Usage: "the folder with a spec X, its models and XSteps"}), distributedFlags()...),
		Action: func(ctx context.Context, c *cli.Command) error {
			if c.IsSet("join") {
				return p.joinRun(ctx, c)
			}
			if c.String("steps") != "" {
				spec, err := p.specOf(c)
				if err != nil {
					return err
				}
				return p.runTLC(ctx, c, spec, c.Args().Slice())
			}
			pattern, err := p.onePattern(c)
			if err != nil {
				return err
			}
			spec, err := conformance.Load(pattern.Spec, pattern.Library...)
			if err != nil {
				return err
			}
			return p.runTLC(ctx, c, spec, c.Args().Tail())
		},
	}
}

func (p *Program) runTLC(ctx context.Context, c *cli.Command, spec *conformance.Spec, options []string) error {
	job, config, err := spec.Model(c.String("model"))
	if err != nil {
		return err
	}
	if err := checkLimits(c); err != nil {
		return err
	}
	found, err := tlc.Find(ctx)
	if err != nil {
		return err
	}
	job.Args = options
	job.MemoryMB, job.Timeout, job.Log = c.Int("memory"), c.Duration("timeout"), p.out
	if c.Bool("distributed") {
		return p.runDistributed(ctx, c, found, spec, job, config)
	}
	found.Store = nil // to ask TLC is what this command is for
	result, err := found.Run(ctx, job)
	if errors.Is(err, tlc.ErrBadJob) {
		return usage("%s", err)
	}
	if err != nil {
		return err
	}
	run.NameLimit(result)
	return p.concludeTLC(result, config)
}

// concludeTLC says whether a run found what its model expects.
func (p *Program) concludeTLC(result *tlc.Result, config *tlc.Config) error {
	if result.Outcome == tlc.SpecError {
		return fmt.Errorf("%w: %s", conformance.ErrInput, result.Message)
	}
	outcome, message := run.Expected(result, config.Expect)
	switch outcome {
	case conformance.Accepted:
		fmt.Fprintf(p.out, "As expected: %s.\n", result)
		return nil
	case conformance.Unknown:
		fmt.Fprintf(p.out, "No verdict: %s.\n", message)
		return errUnknown
	}
	fmt.Fprintf(p.out, "Not as expected: %s.\n", message)
	return errRejected
}

func (p *Program) breakRule() *cli.Command {
	return &cli.Command{
		Name:      "break",
		Usage:     "leave a rule out, in the spec and in the code, and show the consequence",
		ArgsUsage: "PATTERN [RULE]",
		Description: "Without RULE, every rule of the pattern is tried. The code with the broken rule\n" +
			"is built from the sources, so this works inside the module only.\n\n" +
			"   lockstep break writeaheadlog MayAcknowledge",
		Flags: limits(),
		Action: func(ctx context.Context, c *cli.Command) error {
			pattern, err := p.onePattern(c)
			if err != nil {
				return err
			}
			return p.runBreak(ctx, c, pattern, c.Args().Get(1))
		},
	}
}

func (p *Program) runBreak(ctx context.Context, c *cli.Command, pattern *conformance.Pattern, name string) error {
	checker, display, err := p.checker(ctx, c)
	if err != nil {
		return err
	}
	defer display.close()
	breaker := conformance.NewBreaker(p.Main, pattern)
	defer breaker.Close()
	sources, err := pattern.Sources()
	if err != nil {
		return err
	}
	spec := sources.Spec
	broken, err := rules.Break(ctx, checker.Runner(), spec, sources.Code, breaker, name)
	if err != nil {
		return err
	}
	if err := explain.ExplainRules(ctx, checker.Runner(), spec, broken); err != nil {
		return err
	}
	var explained *report.Behaviour // of the one that was asked for
	if name != "" && len(broken[0].Counterexample) > 0 {
		r := broken[0]
		if explained, err = explain.ExplainCounterexample(ctx, checker.Runner(), spec, r.Name, r.Falls(), r.Counterexample, r.Loop); err != nil {
			return err
		}
	}
	display.close()
	var failed error
	for _, r := range broken {
		change, err := rules.ChangeOf(ctx, spec, sources.Code, r.Name)
		if err != nil {
			return err
		}
		p.showRule(r, change, explained)
		switch {
		case r.Spec == report.Detected && r.Code == report.Detected:
		case r.Spec == report.DetectionUnknown || r.Code == report.DetectionUnknown:
			if failed == nil {
				failed = errUnknown
			}
		default:
			failed = errRejected
		}
	}
	return failed
}

// showRule shows what became of a rule; in full, if its counterexample is told.
func (p *Program) showRule(r *report.Rule, change rules.Change, explained *report.Behaviour) {
	fmt.Fprintf(p.out, "%s\n  %s\n  spec: %s%s\n", r.Name, r.Says, r.Spec, orNothing(", TLC reports that %s is violated", r.Violates)+orNothing(", and then %s", r.FallsLater()))
	fmt.Fprint(p.out, indented(change.Spec))
	if explained != nil {
		fmt.Fprintln(p.out, indented(explained.String()))
	}
	fmt.Fprintf(p.out, "  code: %s", r.Code)
	if r.Refused != nil {
		fmt.Fprintf(p.out, ", scenario %s, seed %d: %s", r.Refused.Header.Scenario, r.Refused.Header.Seed, r.Verdict)
	}
	fmt.Fprintln(p.out)
	fmt.Fprint(p.out, indented(change.Code))
	switch x := r.Explanation; {
	case x == nil:
	case explained != nil:
		fmt.Fprintf(p.out, "%s", indented(x.String()))
	default:
		fmt.Fprintf(p.out, "  because: %s\n", x.Summary)
	}
	if r.Message != "" {
		fmt.Fprintf(p.out, "  %s\n", r.Message)
	}
}

func indented(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		if strings.TrimSpace(line) != "" {
			b.WriteString("    ")
		}
		b.WriteString(line)
	}
	return b.String()
}

func orNothing(format, s string) string {
	if s == "" {
		return ""
	}
	return fmt.Sprintf(format, s)
}
