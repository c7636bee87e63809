package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

func (p *Program) explain() *cli.Command {
	return &cli.Command{
		Name:      "explain",
		Usage:     "say why a trace is refused",
		ArgsUsage: "(-pattern P | -steps DIR) FILE ...",
		Description: "For the first refused step: the part of the spec's action that does not hold, with\n" +
			"its place and the values in it, or the fields of the view that differ; the state\n" +
			"of the spec before it; and the steps that the spec allows there. Several files are\n" +
			"those of the processes of one run.\n\n" +
			"   lockstep explain -pattern writeaheadlog trace.ndjson\n" +
			"   lockstep explain -steps ./spec -json run1.ndjson",
		Flags: ofTraces(),
		Action: func(ctx context.Context, c *cli.Command) error {
			spec, err := p.specOf(c)
			if err != nil {
				return err
			}
			if !c.Args().Present() {
				return usage("explain needs one trace")
			}
			traces, unread := p.readTraces(c)
			switch {
			case len(unread) > 0:
				return errors.Join(unread...)
			case len(traces) > 1:
				return usage("explain needs one trace, or the files of one run")
			}
			return p.explainTrace(ctx, c, spec, traces[0])
		},
	}
}

func (p *Program) explainTrace(ctx context.Context, c *cli.Command, spec *conformance.Spec, t *trace.Trace) error {
	checker, display, err := p.checker(ctx, c)
	if err != nil {
		return err
	}
	defer display.close()
	verdicts, err := checker.Replay(ctx, spec, []*trace.Trace{t})
	if err != nil {
		return err
	}
	if verdicts[0].Outcome != conformance.Rejected || verdicts[0].Reason == conformance.Malformed {
		display.close()
		if err := p.showReplayed(c, []replayed{{
			File: t.Name, Outcome: verdicts[0].Outcome, Steps: len(t.Events),
			Reason: verdicts[0].Reason, Message: verdicts[0].String(), place: placeOf(t, verdicts[0]),
		}}); err != nil {
			return err
		}
		return worstVerdict(verdicts)
	}
	x, err := checker.Explain(ctx, spec, t, verdicts[0])
	if err != nil {
		return err
	}
	display.close()
	if c.Bool("json") {
		encoder := json.NewEncoder(p.out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(x); err != nil {
			return err
		}
	} else {
		fmt.Fprint(p.out, x)
	}
	return errRejected
}
