package command

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/trace"
)

func (p *Program) record() *cli.Command {
	return &cli.Command{
		Name:      "record",
		Usage:     "run the code of a pattern and write the trace",
		ArgsUsage: "PATTERN",
		Description: "`lockstep list PATTERN` names the scenarios. The same seed gives the same\n" +
			"workload and the same faults.\n\n" +
			"   lockstep record writeaheadlog -seed 7 -o trace.ndjson",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "scenario", Aliases: []string{"s"}, Usage: "the run to record (default: the pattern's first)"},
			&cli.Int64Flag{Name: "seed", Value: 1, Usage: "the seed of workload and faults"},
			&cli.BoolFlag{Name: "long", Usage: "a longer run, where the scenario has one"},
			&cli.StringFlag{Name: "o", Usage: "the file to write (default: the standard output)"},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			pattern, err := p.onePattern(c)
			if err != nil {
				return err
			}
			scenario, err := scenarioOf(pattern, c.String("scenario"))
			if err != nil {
				return err
			}
			return p.recordOne(ctx, c, pattern, scenario)
		},
	}
}

func scenarioOf(pattern *conformance.Pattern, name string) (conformance.Scenario, error) {
	var names []string
	for _, s := range pattern.Scenarios {
		if s.Name == name || name == "" {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return conformance.Scenario{}, usage("%s has no scenario %q; it has: %s", pattern.Name, name, strings.Join(names, ", "))
}

func (p *Program) recordOne(ctx context.Context, c *cli.Command, pattern *conformance.Pattern, s conformance.Scenario) error {
	dir, err := os.MkdirTemp("", "lockstep-record-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	run, err := pattern.NewRun(dir, s, c.Int64("seed"))
	if err != nil {
		return err
	}
	run.Long = c.Bool("long")
	failed := s.Record(ctx, run)
	if _, err := os.Stat(run.Path); errors.Is(err, fs.ErrNotExist) {
		return cmp.Or(failed, fmt.Errorf("the run has left no trace in %s", run.Path))
	}
	// What a run has recorded is worth having, even if the run failed.
	if err := copyFile(run.Path, c.String("o"), p.out); err != nil {
		return errors.Join(failed, err)
	}
	return failed
}

func copyFile(from, to string, out io.Writer) (err error) {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	if to != "" {
		file, err := os.Create(to)
		if err != nil {
			return fmt.Errorf("%w: %w", conformance.ErrInput, err)
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		out = file
	}
	_, err = io.Copy(out, source)
	return err
}

func (p *Program) replay() *cli.Command {
	return &cli.Command{
		Name:      "replay",
		Usage:     "hold traces against a spec: one of the patterns', or your own",
		ArgsUsage: "(-pattern P | -steps DIR) FILE ...",
		Description: "DIR holds XSteps.tla, the modules it extends, and XSteps.cfg with the\n" +
			"constants. A line a trace says whether it is a behaviour of the spec, and if it\n" +
			"is not, at which step it stops being one. The files that the processes of one run\n" +
			"have written are one trace: they are merged by their stamps.\n\n" +
			"   lockstep replay -pattern writeaheadlog trace.ndjson\n" +
			"   lockstep replay -steps ./spec run1.ndjson run2.ndjson",
		Flags: ofTraces(),
		Action: func(ctx context.Context, c *cli.Command) error {
			spec, err := p.specOf(c)
			if err != nil {
				return err
			}
			if !c.Args().Present() {
				return usage("replay needs at least one trace")
			}
			return p.replayFiles(ctx, c, spec)
		},
	}
}

// ofTraces are the flags of the commands that hold traces against a spec.
func ofTraces() []cli.Flag {
	return append(limits(),
		&cli.StringFlag{Name: "pattern", Usage: "the pattern whose spec to use"},
		&cli.StringFlag{Name: "steps", Usage: "the folder with a Steps module"},
		unfinishedFlag(),
		&cli.BoolFlag{Name: "json", Usage: "print one JSON object"})
}

// specOf loads the spec that the flags -pattern or -steps name.
func (p *Program) specOf(c *cli.Command) (*conformance.Spec, error) {
	name, dir := c.String("pattern"), c.String("steps")
	switch {
	case dir == "" && c.IsSet("steps"):
		return nil, usage("-steps needs a folder")
	case (name == "") == (dir == ""):
		return nil, usage("give either -pattern or -steps")
	case dir != "":
		switch info, err := os.Stat(dir); {
		case errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("%w: -steps %s: the folder is missing", conformance.ErrInput, dir)
		case err == nil && !info.IsDir():
			return nil, fmt.Errorf("%w: -steps %s: this is a file, and not a folder", conformance.ErrInput, dir)
		}
		spec, err := conformance.Load(os.DirFS(dir))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
		return spec, nil
	}
	pattern, err := p.pattern(name)
	if err != nil {
		return nil, err
	}
	return conformance.Load(pattern.Spec, pattern.Library...)
}

// replayed is what is printed about one file with -json.
type replayed struct {
	File    string              `json:"file"`
	Outcome conformance.Outcome `json:"outcome"`
	Steps   int                 `json:"steps"`
	Step    int                 `json:"step,omitempty"`
	Event   *trace.Event        `json:"event,omitempty"`
	Reason  report.Reason       `json:"reason,omitempty"`
	Message string              `json:"message"`

	place string // of the step, or of the trace as a whole
	note  string // of the step
}

func (p *Program) replayFiles(ctx context.Context, c *cli.Command, spec *conformance.Spec) error {
	traces, unread := p.readTraces(c)
	var verdicts []conformance.Verdict
	if len(traces) > 0 {
		checker, display, err := p.checker(ctx, c)
		if err != nil {
			return errors.Join(append(unread, err)...)
		}
		verdicts, err = checker.Replay(ctx, spec, traces)
		display.close()
		if err != nil {
			return errors.Join(append(unread, err)...)
		}
		sayUnfinished(traces, verdicts)
	}
	results := []replayed{}
	for i, v := range verdicts {
		results = append(results, replayed{
			File: traces[i].Name, Outcome: v.Outcome, Steps: len(traces[i].Events), Step: v.Step,
			Event: v.Event, Reason: v.Reason, Message: v.String(), place: placeOf(traces[i], v), note: report.NoteText(v.Event),
		})
	}
	if err := p.showReplayed(c, results, unread); err != nil {
		return err
	}
	if len(unread) == 0 {
		return worstVerdict(verdicts)
	}
	return errors.Join(unread...)
}

func (p *Program) showReplayed(c *cli.Command, results []replayed, unread []error) error {
	if c.Bool("json") {
		said := struct {
			Traces []replayed `json:"traces"`
			Unread []string   `json:"unread,omitempty"` // why a file could not be read
		}{Traces: results}
		for _, err := range unread {
			said.Unread = append(said.Unread, err.Error())
		}
		encoder := json.NewEncoder(p.out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(said)
	}
	for _, r := range results {
		switch {
		case r.Outcome == conformance.Accepted:
			fmt.Fprintf(p.out, "%s: accepted, %d steps\n", r.File, r.Steps)
		case r.Reason == report.Malformed: // the message names the file
			fmt.Fprintln(p.out, r.Message)
		default:
			fmt.Fprintf(p.out, "%s: %s%s\n", r.place, r.Message, r.note)
		}
	}
	return nil
}

func placeOf(t *trace.Trace, v conformance.Verdict) string {
	if v.Event == nil {
		return t.Name + ":1"
	}
	return t.Place(v.Event)
}

func worstVerdict(verdicts []conformance.Verdict) error {
	var worst error
	for _, v := range verdicts {
		switch {
		case v.Reason == report.Malformed:
			return fmt.Errorf("%w: a trace cannot be held against this spec", conformance.ErrInput)
		case v.Outcome == conformance.Rejected:
			worst = errRejected
		case v.Outcome == conformance.Unknown && worst == nil:
			worst = errUnknown
		}
	}
	return worst
}
