package mutation

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lockstep-tla/lockstep/conformance/internal/explore"
	"github.com/lockstep-tla/lockstep/conformance/internal/mutation/tlamutant"
	"github.com/lockstep-tla/lockstep/conformance/internal/replay"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// specSide is the work on the mutants of a spec.
type specSide struct {
	*run.Runner
	subject Subject
	spec    *spec.Spec
	choice  *choice
	sources *sany.Sources
	limits  map[string]time.Duration // processor time of one run of TLC, by the model or stage
	mutants map[*Mutant]*tlamutant.Mutant
	traces  []*trace.Trace
}

func runSpec(ctx context.Context, c *run.Runner, subject Subject, choose *choice, r *Report) error {
	s := &specSide{Runner: c, subject: subject, choice: choose, mutants: map[*Mutant]*tlamutant.Mutant{}, limits: map[string]time.Duration{}}
	var err error
	if s.spec, err = spec.Load(subject.Spec, subject.Library...); err != nil {
		return err
	}
	all, err := s.find(ctx)
	if err != nil {
		return err
	}
	order, err := choose.order(all, r)
	if err != nil {
		return err
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	// Those that SANY refuses do not count, and others are tried in their place.
	wanted := len(choose.first(order))
	for tried := []*Mutant(nil); len(order) > 0 && wanted > len(tried); {
		batch := order[:min(wanted-len(tried), len(order))]
		order = order[len(batch):]
		if err := s.tryAll(ctx, batch, len(tried), wanted); err != nil {
			return err
		}
		for _, m := range batch {
			if !m.invalid {
				tried = append(tried, m)
				r.Mutants = append(r.Mutants, m)
			}
		}
	}
	return nil
}

// find makes the mutants of the spec, or the abstract spec that was chosen, and of the
// modules beside it that it extends.
func (s *specSide) find(ctx context.Context) ([]*Mutant, error) {
	if name := s.choice.Model; name != "" {
		abstract, err := s.spec.Abstract()
		if err != nil {
			return nil, err
		}
		if !slices.Contains(abstract, name) {
			return nil, fmt.Errorf("%w: there is no abstract spec %q; there is %s", spec.ErrInput, name, orElse(strings.Join(abstract, ", "), "none"))
		}
	}
	job, config, err := s.spec.Model(s.choice.Model)
	if err != nil {
		return nil, err
	}
	s.sources = sany.NewSources(s.spec.Files)
	document, err := s.TLC.Syntax(ctx, s.sources.Files, job.Module)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", spec.ErrInput, err)
	}
	from := tlamutant.Spec{Sources: map[string]string{}, Replaced: map[string]string{}, Roots: []string{config.Specification}}
	if from.Syntax, err = sany.ParseSyntax(document); err != nil {
		return nil, err
	}
	if config.Specification == "" {
		from.Roots = []string{config.Init, config.Next}
	}
	for _, c := range config.Constants {
		if c.Definition != "" {
			from.Replaced[c.Name] = c.Definition
		}
	}
	for _, module := range s.sources.StandsOn(job.Module) {
		// What serves the model checker only is no part of the spec.
		if _, err := fs.Stat(s.subject.Spec, module+".tla"); err == nil && !strings.HasPrefix(module, "MC") {
			from.Sources[module] = string(s.sources.Files[module+".tla"])
		}
	}
	found, err := from.Find()
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", spec.ErrInput, job.Config, err)
	}
	var all []*Mutant
	for _, t := range found {
		source := from.Sources[t.Module]
		m := &Mutant{
			ID: s.choice.prefix() + t.ID, Side: Spec, Kind: string(t.Kind), Place: t.Definition, File: t.Module + ".tla", Line: t.Line,
			Diff: diff(t.Module+".tla", source, t.Shown(source)),
		}
		s.mutants[m] = t
		all = append(all, m)
	}
	return all, nil
}

// prepare sends the spec as it is through all stages, which tells how long each takes,
// and records the traces.
func (s *specSide) prepare(ctx context.Context) error {
	models, err := s.models(s.spec)
	if err != nil {
		return err
	}
	for _, name := range models {
		if err := s.measure("model "+name, func(c *run.Runner) error { return holdModel(ctx, c, s.spec, name) }); err != nil {
			return err
		}
	}
	if s.choice.Model != "" {
		return nil
	}
	dir, err := os.MkdirTemp("", "lockstep-mutate-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	paths, err := s.subject.Record(ctx, dir)
	if err != nil {
		return err
	}
	if s.traces, err = replay.ReadAll(paths); err != nil {
		return err
	}
	if err := s.measure("replay", func(c *run.Runner) error { return holdTraces(ctx, c, s.spec, s.traces) }); err != nil {
		return err
	}
	return s.measure("explore", func(c *run.Runner) error {
		if s.subject.System == nil {
			return nil
		}
		_, _, err := explore.Read(ctx, c, s.spec)
		return err
	})
}

// measure finds out what a stage, or a model, may take.
func (s *specSide) measure(name string, work func(*run.Runner) error) (err error) {
	s.Advance("spec as it is: "+name, 0, 0)
	s.limits[name], err = measure(s.Runner, "spec as it is", work)
	return err
}

// models are the names of those that every check runs, behind that of the abstract spec
// that was chosen.
func (s *specSide) models(of *spec.Spec) ([]string, error) {
	further, err := of.Further()
	all := append([]string{""}, further...)
	if s.choice.Model != "" {
		all = slices.Insert(all, 0, s.choice.Model)
	}
	return all, err
}

// holdModel checks a model of the spec as it is. What it does not come to would seem to
// notice every mutant.
func holdModel(ctx context.Context, c *run.Runner, s *spec.Spec, name string) error {
	job, _, err := s.Model(name)
	if err != nil {
		return err
	}
	job.Short = true // mostly it is
	result, err := c.Run(ctx, job)
	if err != nil {
		return err
	}
	outcome, why := run.Expected(result, &tlc.Expect{})
	switch outcome {
	case report.Accepted:
		return nil
	case report.Rejected:
		return fmt.Errorf("%w: %s: the spec as it is must pass its own model: %s", spec.ErrInput, job.Config, why)
	}
	return fmt.Errorf("%s: no verdict on the spec as it is: %s", job.Config, why)
}

// holdTraces replays the traces in the spec as it is. One that it refuses would seem to
// notice every mutant.
func holdTraces(ctx context.Context, c *run.Runner, s *spec.Spec, traces []*trace.Trace) error {
	verdicts, err := replay.WithOptions(ctx, c, s, traces, replay.Options{})
	if err != nil {
		return err
	}
	for i, v := range verdicts {
		switch v.Outcome {
		case report.Rejected:
			return fmt.Errorf("%w: %s: the spec as it is must accept the trace: %s", spec.ErrInput, traces[i].Name, v)
		case report.Unknown:
			return fmt.Errorf("%s: no verdict of the spec as it is: %s", traces[i].Name, v)
		}
	}
	return nil
}

// tryAll tries some mutants, as many at once as TLC may run.
func (s *specSide) tryAll(ctx context.Context, mutants []*Mutant, before, total int) error {
	var done atomic.Int64
	return inTurn(ctx, max(s.Parallel, 1), mutants, func(ctx context.Context, m *Mutant) error {
		if err := s.try(ctx, m); err != nil {
			return fmt.Errorf("%s: %w", m.ID, err)
		}
		s.Advance("spec mutants", before+int(done.Add(1)), total)
		return nil
	})
}

// inTurn works on a list with a few workers.
func inTurn(ctx context.Context, workers int, list []*Mutant, work func(context.Context, *Mutant) error) error {
	var next atomic.Int64
	var parts []func(context.Context) error
	for range min(workers, len(list)) {
		parts = append(parts, func(ctx context.Context) error {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(list) {
					return nil
				}
				if err := work(ctx, list[i]); err != nil {
					return err
				}
			}
		})
	}
	return run.Together(ctx, parts...)
}

// try sends one mutant through the stages.
func (s *specSide) try(ctx context.Context, m *Mutant) error {
	t := s.mutants[m]
	files := maps.Clone(s.sources.Files)
	files[t.Module+".tla"] = []byte(t.Apply(string(files[t.Module+".tla"])))
	mutated := s.spec.With(files)
	stages := []func(context.Context, *spec.Spec, *Mutant) error{s.properties, s.replay, s.explore}
	if s.choice.Model != "" {
		stages = stages[:1]
	}
	for _, stage := range stages {
		if err := stage(ctx, mutated, m); err != nil {
			return err
		}
		if m.invalid || m.Noticed != "" {
			return nil
		}
	}
	m.settle()
	return nil
}

// within is a runner that gives a mutant what it may take for a stage or a model.
func (s *specSide) within(m *Mutant, name string) *run.Runner {
	runner := within(s.Runner, m.ID, s.limits[name])
	runner.Progress = nil
	return runner
}

// properties lets TLC check the models of the mutant that every check runs.
func (s *specSide) properties(ctx context.Context, mutated *spec.Spec, m *Mutant) error {
	models, err := s.models(mutated)
	if err != nil {
		return err
	}
	for _, name := range models {
		if err := s.model(ctx, mutated, name, m); err != nil || m.invalid || m.Noticed != "" {
			return err
		}
	}
	return nil
}

// shortModel is the processor time up to which Java's compiler for short runs is the
// faster one.
const shortModel = 10 * time.Second

// model lets TLC check one model.
func (s *specSide) model(ctx context.Context, mutated *spec.Spec, name string, m *Mutant) error {
	job, _, err := mutated.Model(name)
	if err != nil {
		return err
	}
	name = "model " + name
	job.Short = s.limits[name] <= allowed(shortModel)
	result, err := s.within(m, name).Run(ctx, job)
	if err != nil {
		return err
	}
	switch result.Outcome {
	case tlc.OK:
		if len(result.Missed) > 0 {
			m.notice(ByProperty, "the model never comes to %s", strings.Join(result.Missed, ", "))
		}
	case tlc.SpecError:
		m.invalid = true
	case tlc.Cancelled:
		return context.Cause(ctx)
	case tlc.TimedOut:
		m.unsure(ByProperty, fmt.Sprintf("%s, %d states", result.Message, result.Distinct))
	case tlc.InvariantViolated, tlc.PropertyViolated:
		m.notice(ByProperty, "%s", orElse(result.Violated, strings.Join(result.Candidates, " or ")))
	case tlc.Deadlock:
		m.notice(ByProperty, "deadlock")
	default:
		if killed := result.ExitCode < 0; killed || result.Outcome == tlc.OutOfMemory && !strings.Contains(result.Message, "StackOverflowError") {
			m.unsure(ByProperty, fmt.Sprintf("%s: %s", result.Outcome, result.Message))
			return nil
		}
		// TLC cannot evaluate the mutant.
		m.notice(ByProperty, "TLC cannot go on: %s: %s", result.Outcome, result.Message)
	}
	return nil
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// replay holds the traces of the real code against the mutant: first one of each
// scenario, since most mutants that any trace shows are shown by one of these.
func (s *specSide) replay(ctx context.Context, mutated *spec.Spec, m *Mutant) error {
	var first, others []*trace.Trace
	known := map[string]bool{}
	for _, t := range s.traces {
		if known[t.Header.Scenario] {
			others = append(others, t)
		} else {
			known[t.Header.Scenario] = true
			first = append(first, t)
		}
	}
	for _, some := range [][]*trace.Trace{first, others} {
		if len(some) == 0 || m.Noticed != "" {
			continue
		}
		if err := s.replaySome(ctx, mutated, m, some); err != nil {
			return err
		}
	}
	return nil
}

func (s *specSide) replaySome(ctx context.Context, mutated *spec.Spec, m *Mutant, traces []*trace.Trace) error {
	verdicts, err := replay.WithOptions(ctx, s.within(m, "replay"), mutated, traces, replay.Options{ExpectRefusals: true})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if errors.Is(err, spec.ErrInput) {
		m.notice(ByReplay, "%s", err)
		return nil
	}
	if err != nil {
		return err
	}
	for i, v := range verdicts {
		if v.Outcome == report.Rejected {
			m.notice(ByReplay, "%s, seed %d: %s", traces[i].Header.Scenario, traces[i].Header.Seed, v)
			return nil
		}
	}
	if i := slices.IndexFunc(verdicts, func(v report.Verdict) bool { return v.Outcome == report.Unknown }); i >= 0 {
		m.unsure(ByReplay, verdicts[i].Message)
	}
	return nil
}

// explore drives the real code along the bounded model of the mutant. A system
// may well panic on a step that its spec has never had.
func (s *specSide) explore(ctx context.Context, mutated *spec.Spec, m *Mutant) (err error) {
	defer func() {
		if p := recover(); p != nil {
			m.notice(ByExplore, "panic: %v", p)
			err = nil
		}
	}()
	if s.subject.System == nil {
		return nil
	}
	x, err := explore.Explore(ctx, s.within(m, "explore"), mutated, s.subject.System)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, spec.ErrInput):
		m.notice(ByExplore, "%s", err)
		return nil
	case err != nil:
		return err
	case x.Outcome == report.Unknown:
		m.unsure(ByExplore, x.Message)
	case len(x.Differences) > 0:
		m.notice(ByExplore, "%s", x.Differences[0])
	case x.Outcome == report.Rejected:
		m.notice(ByExplore, "%d of %d transitions driven", x.Driven, x.Transitions)
	}
	return nil
}
