package command

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/urfave/cli/v3"

	"github.com/lockstep-tla/lockstep/conformance/internal/explore"
	"github.com/lockstep-tla/lockstep/conformance/internal/mutation"
	"github.com/lockstep-tla/lockstep/trace"
)

func (p *Program) mutate() *cli.Command {
	return &cli.Command{
		Name:      "mutate",
		Usage:     "put faults into the spec and the code, and say what notices them",
		ArgsUsage: "PATTERN | -steps DIR [TRACE ...]",
		Description: "Mutants have one small fault each. Those of the spec are held against the\n" +
			"properties of its model, the recorded traces and the code; those of the code\n" +
			"against the spec in both directions, and against the package's own tests. A\n" +
			"survivor is a hole in one of these, or makes no difference: then it belongs in\n" +
			"the pattern's EquivalentMutants, with the reason. Survivors do not change the\n" +
			"exit code, except with -strict.\n\n" +
			"A mutant may take four times the processor time of the pattern as it is, and 20 s.\n" +
			"A run of its code that goes beyond has failed. A search of TLC that does says\n" +
			"nothing: the mutant is unsure, unless something else notices it.\n\n" +
			"With -steps, the spec in a folder is mutated without Go code, and the mutants are\n" +
			"held against its properties and the traces in the files.\n\n" +
			"   lockstep mutate writeaheadlog\n   lockstep mutate writeaheadlog -side spec -n 0\n   lockstep mutate twophasecommit -model CommitProtocol\n   lockstep mutate -steps ./spec run1.ndjson\n   lockstep mutate writeaheadlog -mutant spec:leave-out:Acknowledge:1f3a09c2",
		Flags: append(limits(),
			&cli.IntFlag{Name: "n", Value: 60, Usage: "how many mutants of each side are tried, spread over actions and functions (0: all)"},
			&cli.Uint64Flag{Name: "seed", Value: 1, Usage: "chooses which"},
			&cli.StringFlag{Name: "side", Usage: "`spec` or code only"},
			&cli.StringFlag{Name: "model", Usage: "mutate the abstract spec `NAME` instead, which its own model judges, and those of the spec"},
			&cli.StringFlag{Name: "steps", Usage: "mutate the spec in this folder, which has a Steps module, without Go code"},
			&cli.StringFlag{Name: "mutant", Usage: "try the mutant with this `ID` only"},
			&cli.BoolFlag{Name: "strict", Usage: "exit with 1 where a mutant survives"},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object"}),
		Action: p.runMutate,
	}
}

func (p *Program) runMutate(ctx context.Context, c *cli.Command) error {
	subject, err := p.mutable(c)
	if err != nil {
		return err
	}
	o := mutation.Options{N: c.Int("n"), Seed: c.Uint64("seed"), Side: mutation.Side(c.String("side")), Model: c.String("model"), ID: c.String("mutant")}
	switch {
	case o.N < 0:
		return usage("-n must not be negative")
	case o.Side != "" && o.Side != mutation.Spec && o.Side != mutation.Code:
		return usage("-side is spec or code, not %q", string(o.Side))
	case o.Model != "" && o.Side == mutation.Code:
		return usage("-model is a spec, which has no code to mutate")
	case c.IsSet("steps") && (o.Side == mutation.Code || strings.HasPrefix(o.ID, string(mutation.Code)+":")):
		return usage("-steps has no code to mutate")
	case c.IsSet("steps"):
		o.Side = mutation.Spec
	}
	checker, display, err := p.checker(ctx, c)
	if err != nil {
		return err
	}
	defer display.close()
	r, err := mutation.Run(ctx, checker.Runner(), subject, o)
	if err != nil {
		return err
	}
	display.close()
	if c.Bool("json") {
		encoder := json.NewEncoder(p.out)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(r); err != nil {
			return err
		}
	} else {
		p.showMutants(r)
	}
	if c.Bool("strict") && len(r.Survivors()) > 0 {
		return errRejected
	}
	return nil
}

// mutable is what the mutants are made of: a pattern, or a spec alone.
func (p *Program) mutable(c *cli.Command) (mutation.Subject, error) {
	if c.IsSet("steps") {
		spec, err := p.specOf(c)
		if err != nil {
			return mutation.Subject{}, err
		}
		for _, file := range c.Args().Slice() {
			if _, err := traceOf(spec, file); err != nil {
				return mutation.Subject{}, err
			}
		}
		return mutation.Subject{Name: spec.Name, Spec: os.DirFS(c.String("steps")),
			Record: func(context.Context, string) ([]string, error) { return c.Args().Slice(), nil }}, nil
	}
	pattern, err := p.onePattern(c)
	if err != nil {
		return mutation.Subject{}, err
	}
	return mutation.Subject{
		Name: pattern.Name, Spec: pattern.Spec, Library: pattern.Library, Package: pattern.Package, Main: p.Main,
		System:     func(rec *trace.Recorder) (explore.System, error) { return pattern.System(rec) },
		Record:     func(ctx context.Context, dir string) ([]string, error) { return pattern.Record(ctx, dir, false) },
		Equivalent: pattern.EquivalentMutants,
	}, nil
}

func (p *Program) showMutants(r *mutation.Report) {
	t := table.NewWriter()
	t.SetOutputMirror(p.out)
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = 0
	t.AppendHeader(table.Row{r.Pattern, "tried", "properties", "replay", "explore", "run", "tests", "anything", "unsure", "survived"})
	for _, part := range []struct {
		name string
		side mutation.Side
		part string
	}{{"spec", mutation.Spec, ""}, {"code, core", mutation.Code, "core"}, {"code, shell", mutation.Code, "shell"}} {
		some := r.Of(part.side, part.part)
		if len(some) == 0 {
			continue
		}
		row := table.Row{part.name, len(some)}
		for _, by := range mutation.Anything {
			row = append(row, mutation.Count(some, by))
		}
		n := mutation.Count(some, mutation.Anything...)
		row = append(row, fmt.Sprintf("%d (%d %%)", n, 100*n/len(some)),
			mutation.Count(some, mutation.Unsure), mutation.Count(some, mutation.Survived))
		t.AppendRow(row)
	}
	t.Render()
	for _, m := range r.Mutants {
		if len(r.Mutants) == 1 && m.Noticed != mutation.Survived && m.Noticed != mutation.Unsure {
			fmt.Fprintf(p.out, "\n%s\nnoticed by %s: %s\n%s", m.ID, m.Noticed, m.By, m.Diff)
		}
	}
	for _, m := range r.Survivors() {
		fmt.Fprintf(p.out, "\n%s %s (%s)%s\n%s", m.Noticed, m.ID, orSpec(m.Part), remarks(m), m.Diff)
	}
	fmt.Fprintf(p.out, "\nThere are %s; seed %d, %.0f s.\n", made(r), r.Seed, r.Seconds)
}

func orSpec(part string) string {
	if part == "" {
		return "spec"
	}
	return part
}

// remarks are what else is known of a survivor.
func remarks(m *mutation.Mutant) string {
	notes := m.Unsure
	if m.Unreached {
		notes = append(notes, "nothing comes by it")
	}
	if len(notes) == 0 {
		return ""
	}
	return ": " + strings.Join(notes, "; ")
}

// made says how many mutants there are.
func made(r *mutation.Report) string {
	var parts []string
	for _, side := range []mutation.Side{mutation.Spec, mutation.Code} {
		if n, ok := r.Made[side]; ok {
			parts = append(parts, fmt.Sprintf("%d mutants of the %s and %d that make no difference", n, side, r.Equivalent[side]))
		}
	}
	if len(parts) == 0 {
		return "more than the one that was tried"
	}
	return strings.Join(parts, ", ")
}
