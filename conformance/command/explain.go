package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/explain"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/trace"
)

func (p *Program) explain() *cli.Command {
	return &cli.Command{
		Name:      "explain",
		Usage:     "say why a trace is refused",
		ArgsUsage: "(-pattern P | -steps DIR) FILE ...",
		Description: "For the first refused step: the part of the spec's action that does not hold, with\n" +
			"its place and the values in it, or the fields of the view that differ; the state\n" +
			"of the spec before it; since when it is so; and the steps that the spec allows there.\n" +
			"Then it tries simple repairs, as hints, and leaves lines out, to find the shortest\n" +
			"trace that is refused for the same reason. Several files are those of the\n" +
			"processes of one run.\n\n" +
			"   lockstep explain -pattern writeaheadlog trace.ndjson\n" +
			"   lockstep explain -steps ./spec -json run1.ndjson\n" +
			"   lockstep explain -steps ./spec -shrink 2m -o short.ndjson run1.ndjson",
		Flags: append(ofTraces(),
			&cli.DurationFlag{Name: "shrink", Value: 20 * time.Second, Usage: "how long to look for hints and for a shorter trace; 0 for not at all"},
			&cli.StringFlag{Name: "o", Usage: "write the shortest refused trace to this file"}),
		Action: func(ctx context.Context, c *cli.Command) error {
			spec, err := p.specOf(c)
			if err != nil {
				return err
			}
			if c.Duration("shrink") < 0 {
				return usage("-shrink must not be negative")
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
	sayUnfinished([]*trace.Trace{t}, verdicts)
	if verdicts[0].Outcome != conformance.Rejected || verdicts[0].Reason == report.Malformed {
		display.close()
		if err := p.showReplayed(c, []replayed{{
			File: t.Name, Outcome: verdicts[0].Outcome, Steps: len(t.Events),
			Reason: verdicts[0].Reason, Message: verdicts[0].String(), place: placeOf(t, verdicts[0]),
		}}, nil); err != nil {
			return err
		}
		return worstVerdict(verdicts)
	}
	x, err := checker.Explain(ctx, spec, t, verdicts[0])
	if err != nil {
		return err
	}
	if err := explain.Deepen(ctx, checker.Runner(), spec, t, verdicts[0], x, c.Duration("shrink")); err != nil {
		return err
	}
	display.close()
	if file := c.String("o"); file != "" {
		if err := writeShortest(file, t, x); err != nil {
			return fmt.Errorf("%w: %w", conformance.ErrInput, err)
		}
	}
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

// writeShortest writes the shortest trace that was found, which may be the one
// that was given, up to the refused step.
func writeShortest(file string, t *trace.Trace, x *conformance.Explanation) (err error) {
	short := x.Shortest
	if short == nil {
		up := *t
		up.Events = up.Events[:x.Step]
		short = &up
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	return short.Write(out)
}
