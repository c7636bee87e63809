package command

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/diagram"
	"github.com/lockstep-tla/lockstep/conformance/internal/chart"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/rules"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

func (p *Program) diagram() *cli.Command {
	return &cli.Command{
		Name:      "diagram",
		Usage:     "draw a trace, or a counterexample, as a space-time diagram",
		ArgsUsage: "[-pattern P | -steps DIR] [-rule RULE] [FILE ...]",
		Description: "A lane for each node, messages as arrows, and beside each step what it changed in\n" +
			"the node's view. FILE is a trace, or what TLC has printed about a counterexample.\n" +
			"With -pattern or -steps, a trace is held against the spec and the refused step is\n" +
			"drawn in red, and the steps of a counterexample get their names and arguments.\n" +
			"Files of several processes that belong to one run are one trace.\n" +
			"-rule draws TLC's counterexample of the spec without that rule, and needs no FILE.\n" +
			"Its steps before the first that the rule forbids are one line; -range 1- draws them.\n" +
			"Of a long trace it draws what leads to the refused step, or the beginning.\n\n" +
			"   lockstep diagram -pattern writeaheadlog -format svg -o trace.svg trace.ndjson\n" +
			"   lockstep diagram -range 400-430 trace.ndjson\n" +
			"   lockstep diagram -pattern writeaheadlog -rule MayAcknowledge",
		Flags: append(limits(),
			&cli.StringFlag{Name: "pattern", Usage: "the pattern whose spec to use"},
			&cli.StringFlag{Name: "steps", Usage: "the folder with a Steps module"},
			unfinishedFlag(),
			&cli.StringFlag{Name: "rule", Usage: "draw the counterexample of the spec without this rule"},
			&cli.StringFlag{Name: "format", Value: "mermaid", Usage: "mermaid or svg"},
			&cli.StringFlag{Name: "range", Usage: "the steps to draw: 12-40, 12- or -40"},
			&cli.IntFlag{Name: "most", Value: 40, Usage: "how many steps to draw without -range"},
			&cli.StringFlag{Name: "o", Usage: "the file to write (default: the standard output)"}),
		Action: p.runDiagram,
	}
}

func (p *Program) runDiagram(ctx context.Context, c *cli.Command) error {
	if format := c.String("format"); format != "mermaid" && format != "svg" {
		return usage("-format must be mermaid or svg, not %q", format)
	}
	options, err := partOf(c)
	if err != nil {
		return err
	}
	source, err := p.pictureSource(ctx, c)
	if err != nil {
		return err
	}
	d, err := diagram.New(source, options)
	if err != nil {
		return fmt.Errorf("%w: %w", conformance.ErrInput, err)
	}
	text := d.Mermaid()
	if c.String("format") == "svg" {
		text = d.SVG()
	}
	if file := c.String("o"); file != "" {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return fmt.Errorf("%w: %w", conformance.ErrInput, err)
		}
		return nil
	}
	_, err = io.WriteString(p.out, text)
	return err
}

// partOf reads which steps are to be drawn.
func partOf(c *cli.Command) (diagram.Options, error) {
	o := diagram.Options{Most: c.Int("most")}
	if o.Most < 1 {
		return o, usage("-most must be at least 1")
	}
	text := c.String("range")
	if text == "" {
		return o, nil
	}
	from, to, dash := strings.Cut(text, "-")
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		if s == "" && dash {
			return 0
		}
		if err != nil || n < 1 {
			return -1
		}
		return n
	}
	if o.First, o.Last = number(from), number(to); !dash {
		o.Last = o.First
	}
	if o.First < 0 || o.Last < 0 || o.First == 0 && o.Last == 0 {
		return o, usage("-range must be like 12-40, 12- or -40, not %q", text)
	}
	return o, nil
}

// pictureSource is what is to be drawn.
func (p *Program) pictureSource(ctx context.Context, c *cli.Command) (diagram.Source, error) {
	var none diagram.Source
	var spec *conformance.Spec
	if c.String("pattern") != "" || c.String("steps") != "" {
		var err error
		if spec, err = p.specOf(c); err != nil {
			return none, err
		}
	}
	rule := c.String("rule")
	switch {
	case rule != "" && spec == nil:
		return none, usage("-rule needs -pattern or -steps")
	case rule != "" && c.Args().Present():
		return none, usage("give either -rule or a FILE")
	case rule != "":
		return p.ruleChart(ctx, c, spec, rule)
	case !c.Args().Present():
		return none, usage("diagram needs one trace or counterexample")
	}
	content, err := os.ReadFile(c.Args().First())
	if err != nil {
		return none, fmt.Errorf("%w: %w", conformance.ErrInput, err)
	}
	if first, _ := bufio.NewReader(bytes.NewReader(content)).Peek(1); string(first) != "{" {
		return p.behaviourChart(ctx, c, spec, content)
	}
	traces, unread := p.readTraces(c)
	switch {
	case len(unread) > 0:
		return none, errors.Join(unread...)
	case len(traces) > 1:
		return none, usage("diagram needs one trace, or the files of one run")
	case spec == nil:
		return chart.TraceAlone(traces[0]), nil
	}
	return p.traceChart(ctx, c, spec, traces[0])
}

func (p *Program) traceChart(ctx context.Context, c *cli.Command, spec *conformance.Spec, t *trace.Trace) (diagram.Source, error) {
	checker, display, err := p.checker(ctx, c)
	if err != nil {
		return diagram.Source{}, err
	}
	defer display.close()
	verdicts, err := checker.Replay(ctx, spec, []*trace.Trace{t})
	if err != nil {
		return diagram.Source{}, err
	}
	switch v := verdicts[0]; {
	case v.Reason == report.Malformed:
		return diagram.Source{}, fmt.Errorf("%w: %s", conformance.ErrInput, v.Message)
	case v.Outcome == conformance.Unknown:
		return diagram.Source{}, errors.New(v.String())
	}
	return chart.Trace(ctx, checker.Runner(), spec, t, verdicts[0])
}

// behaviourChart draws what TLC has printed.
func (p *Program) behaviourChart(ctx context.Context, c *cli.Command, spec *conformance.Spec, content []byte) (diagram.Source, error) {
	result, err := tlc.ReadBehaviour(bytes.NewReader(content))
	if err != nil {
		return diagram.Source{}, fmt.Errorf("%w: %s: it is no trace either: %w", conformance.ErrInput, c.Args().First(), err)
	}
	if spec == nil {
		return chart.States(result.Trace, result.Loop, result.Message), nil
	}
	checker, display, err := p.checker(ctx, c)
	if err != nil {
		return diagram.Source{}, err
	}
	defer display.close()
	return chart.Counterexample(ctx, checker.Runner(), spec, "", result.Trace, result.Loop, result.Message)
}

// ruleChart draws what TLC finds without a rule.
func (p *Program) ruleChart(ctx context.Context, c *cli.Command, spec *conformance.Spec, rule string) (diagram.Source, error) {
	checker, display, err := p.checker(ctx, c)
	if err != nil {
		return diagram.Source{}, err
	}
	defer display.close()
	r := &report.Rule{Name: rule}
	if err := rules.BreakSpec(ctx, checker.Runner(), spec, rule, r); err != nil {
		return diagram.Source{}, err
	}
	if len(r.Counterexample) == 0 {
		return diagram.Source{}, fmt.Errorf("%w: there is no counterexample without %s: %s", conformance.ErrInput, rule, r.Message)
	}
	return chart.Rule(ctx, checker.Runner(), spec, r)
}
