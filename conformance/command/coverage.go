package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/coverage"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/trace"
)

func (p *Program) coverage() *cli.Command {
	return &cli.Command{
		Name:      "coverage",
		Usage:     "say what of a spec some traces exercise",
		ArgsUsage: "(-pattern P | -steps DIR) FILE ...",
		Description: "The spec's actions, its rules, and the branches of all that they stand on: those\n" +
			"that none of the accepted traces has exercised, with their places. The exit code is\n" +
			"that of replay.\n\n" +
			"   lockstep coverage -pattern writeaheadlog *.ndjson\n" +
			"   lockstep coverage -steps ./spec -json run1.ndjson",
		Flags: ofTraces(),
		Action: func(ctx context.Context, c *cli.Command) error {
			spec, err := p.specOf(c)
			if err != nil {
				return err
			}
			if !c.Args().Present() {
				return usage("coverage needs at least one trace")
			}
			traces, unread := p.readTraces(c)
			if len(unread) > 0 {
				return errors.Join(unread...)
			}
			return p.coverTraces(ctx, c, spec, traces)
		},
	}
}

func (p *Program) coverTraces(ctx context.Context, c *cli.Command, spec *conformance.Spec, traces []*trace.Trace) error {
	checker, display, err := p.checker(ctx, c)
	if err != nil {
		return err
	}
	defer display.close()
	verdicts, err := checker.Replay(ctx, spec, traces)
	if err != nil {
		return err
	}
	var accepted []*trace.Trace
	for i, v := range verdicts {
		if v.Outcome == conformance.Accepted {
			accepted = append(accepted, traces[i])
			continue
		}
		fmt.Fprintf(p.err, "%s does not count: %s\n", traces[i].Name, v)
	}
	sayUnfinished(traces, verdicts)
	covered, err := coverage.Cover(ctx, checker.Runner(), spec, accepted)
	if err != nil {
		return err
	}
	display.close()
	if c.Bool("json") {
		encoder := json.NewEncoder(p.out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(covered); err != nil {
			return err
		}
	} else {
		p.showCoverage(covered)
	}
	return worstVerdict(verdicts)
}

func (p *Program) showCoverage(coverage *report.Coverage) {
	for _, e := range coverage.Missed() {
		fmt.Fprintf(p.out, "%s\n", e)
	}
	if coverage.Unsure != "" {
		fmt.Fprintf(p.out, "It may be more: %s\n", coverage.Unsure)
	}
	some, all := coverage.Exercised()
	fmt.Fprintf(p.out, "%d of %d actions, rules and branches are exercised.\n", some, all)
}
