package mutation

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/lockstep-tla/lockstep/conformance/internal/mutation/gomutant"
	child "github.com/lockstep-tla/lockstep/conformance/internal/process"
	"github.com/lockstep-tla/lockstep/conformance/internal/replay"
	"github.com/lockstep-tla/lockstep/conformance/internal/rules"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/trace"
)

// codeSide is the work on the mutants of the code.
type codeSide struct {
	*run.Runner
	subject Subject
	spec    *spec.Spec
	code    *gomutant.Package
	dir     string // for all that is built and recorded
	program string // with all mutants in it, as the tests are
	tests   string

	honest  map[string]string // what the code as it is has recorded, by file name
	reached map[Stage]map[int]bool
	limit   map[Stage]child.Limit
	bounds  bounds
	steps   int           // of all honest traces
	replay  time.Duration // processor time of a run of TLC that replays as many
}

// recording is what became of the runs of a mutant.
type recording struct {
	mutant *Mutant
	traces []string // the files that differ from those of the code as it is
	failed string   // why the runs did not end well
}

func runCode(ctx context.Context, c *run.Runner, subject Subject, choose *choice, r *Report) error {
	s := &codeSide{Runner: c, subject: subject, reached: map[Stage]map[int]bool{}, limit: map[Stage]child.Limit{}}
	var err error
	if s.spec, err = spec.Load(subject.Spec, subject.Library...); err != nil {
		return err
	}
	if s.dir, err = os.MkdirTemp("", "lockstep-mutate-"); err != nil {
		return err
	}
	defer os.RemoveAll(s.dir)
	if err := s.build(ctx); err != nil {
		return err
	}
	if err := s.model(ctx); err != nil {
		return err
	}
	if err := s.profile(ctx); err != nil {
		return err
	}
	all := s.all()
	order, err := choose.order(all, r)
	if err != nil {
		return err
	}
	chosen := choose.first(order)
	if err := s.try(ctx, chosen); err != nil {
		return err
	}
	r.Mutants = append(r.Mutants, chosen...)
	return nil
}

// all are the mutants of the package, each in its part.
func (s *codeSide) all() []*Mutant {
	core := s.core()
	var all []*Mutant
	for _, g := range s.code.Mutants {
		m := &Mutant{
			ID: "code:" + g.ID, Side: Code, Kind: string(g.Kind), Place: g.Function, File: g.File, Line: g.Line, Part: "shell",
			Diff: diff(g.File, s.code.Source(g.File), s.code.Mutated(g)), number: g.Number,
		}
		if core[g.File] {
			m.Part = "core"
		}
		all = append(all, m)
	}
	return all
}

// core are the files that belong to the core: those of whose functions Explore
// comes by more than half.
func (s *codeSide) core() map[string]bool {
	functions, driven := map[string]map[string]bool{}, map[string]map[string]bool{}
	for _, g := range s.code.Mutants {
		if functions[g.File] == nil {
			functions[g.File], driven[g.File] = map[string]bool{}, map[string]bool{}
		}
		functions[g.File][g.Function] = true
		if s.reached[ByExplore][g.Number] {
			driven[g.File][g.Function] = true
		}
	}
	core := map[string]bool{}
	for file := range functions {
		core[file] = 2*len(driven[file]) > len(functions[file])
	}
	return core
}

// build makes the program, and the tests of the package, with all mutants.
func (s *codeSide) build(ctx context.Context) error {
	s.Advance("build of the mutants", 0, 0)
	loaded, err := gomutant.Load(ctx, s.subject.Package)
	if err != nil {
		return fmt.Errorf("mutants of the code need the go command and the sources: %w", err)
	}
	if s.code, err = gomutant.Find(loaded); err != nil {
		return err
	}
	overlay := rules.NewOverlay(s.dir)
	for name, content := range s.code.Files() {
		if err := overlay.Put(filepath.Join(s.code.Dir, name), content); err != nil {
			return err
		}
	}
	s.program, s.tests = filepath.Join(s.dir, "program"), filepath.Join(s.dir, "tests")
	if err := overlay.Go(ctx, "build", "-o", s.program, s.subject.Main); err != nil {
		return fmt.Errorf("the program with the mutants does not build: %w", err)
	}
	if err := overlay.Go(ctx, "test", "-c", "-o", s.tests, s.subject.Package); err != nil {
		return fmt.Errorf("the tests with the mutants do not build: %w", err)
	}
	return nil
}

// profile runs the code as it is through the stages, which tells how long each
// takes, which mutants it comes by, and what the honest traces are.
func (s *codeSide) profile(ctx context.Context) error {
	stages := []struct {
		stage Stage
		run   func(context.Context, process) outcome
	}{
		{ByReplay, func(ctx context.Context, p process) outcome { return s.record(ctx, p, filepath.Join(s.dir, "honest")) }},
		{ByExplore, s.exploreOnce},
		{ByTests, s.testOnce},
	}
	for _, at := range stages {
		if at.stage == ByTests && !s.hasTests() {
			s.reached[ByTests] = map[int]bool{}
			continue
		}
		s.Advance("code as it is: "+string(at.stage), 0, 0)
		file := filepath.Join(s.dir, "reached-"+string(at.stage))
		o := at.run(ctx, process{env: []string{gomutant.ReachedEnv + "=" + file}, limit: child.Limit{Wall: profileLimit}})
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if o.failed != "" || o.unsure != "" {
			return fmt.Errorf("the code as it is must pass: %s: %s%s", at.stage, o.failed, o.unsure)
		}
		s.limit[at.stage] = limitOf(o.usage)
		var err error
		if s.reached[at.stage], err = gomutant.Reached(file); err != nil {
			return err
		}
	}
	return s.readHonest(ctx)
}

// readHonest reads what the code as it is has recorded, and finds out how long its replay
// takes.
func (s *codeSide) readHonest(ctx context.Context) error {
	s.honest = map[string]string{}
	paths, err := filepath.Glob(filepath.Join(s.dir, "honest", "*.ndjson"))
	if err != nil {
		return err
	}
	largest := int64(0)
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		s.honest[filepath.Base(path)] = string(content)
		largest = max(largest, int64(len(content)))
	}
	traces, err := replay.ReadAll(paths)
	if err != nil {
		return err
	}
	s.bounds, s.steps = boundsOf(traces, largest), stepsOf(traces)
	s.Advance("code as it is: replay of the traces", 0, 0)
	s.replay, err = measure(s.Runner, "code as it is", func(c *run.Runner) error { return holdTraces(ctx, c, s.spec, traces) })
	return err
}

// stepsOf is how many steps some traces have.
func stepsOf(traces []*trace.Trace) (n int) {
	for _, t := range traces {
		n += len(t.Events)
	}
	return n
}

// hasTests says whether the package has tests: without them none were built.
func (s *codeSide) hasTests() bool {
	_, err := os.Stat(s.tests)
	return err == nil
}

// profileLimit is how long the code as it is may take for one stage, by the clock.
const profileLimit = 10 * time.Minute

// try sends the mutants through the stages. Each stage is over for all before
// the next begins, because the traces of all go through few runs of TLC.
func (s *codeSide) try(ctx context.Context, mutants []*Mutant) error {
	recordings, err := s.recordAll(ctx, mutants)
	if err != nil {
		return err
	}
	if err := s.replayAll(ctx, recordings); err != nil {
		return err
	}
	if err := s.each(ctx, "explored", mutants, ByExplore, s.exploreOnce); err != nil {
		return err
	}
	for _, r := range recordings {
		if r.failed != "" {
			r.mutant.notice(ByRun, "%s", r.failed)
		}
	}
	if err := s.each(ctx, "tested", mutants, ByTests, s.testOnce); err != nil {
		return err
	}
	for _, m := range mutants {
		m.Unreached = !s.comesBy(ByReplay, m) && !s.comesBy(ByExplore, m) && !s.comesBy(ByTests, m)
		m.settle()
	}
	return nil
}

func (s *codeSide) comesBy(stage Stage, m *Mutant) bool { return s.reached[stage][m.number] }

// mutated is a process that is the mutant.
func (s *codeSide) mutated(m *Mutant, stage Stage) process {
	return process{
		env:   []string{gomutant.ActiveEnv + "=" + strconv.Itoa(m.number), child.FileLimitEnv + "=" + strconv.FormatInt(s.bounds.bytes, 10)},
		limit: s.limit[stage], mutant: true,
	}
}

// each tries those mutants that are still unnoticed and that the stage comes by.
func (s *codeSide) each(ctx context.Context, word string, mutants []*Mutant, stage Stage, once func(context.Context, process) outcome) error {
	var left []*Mutant
	for _, m := range mutants {
		if m.Noticed == "" && s.comesBy(stage, m) {
			left = append(left, m)
		}
	}
	count := counter(s.Runner, "code mutants "+word, len(left))
	return inTurn(ctx, max(s.Parallel, 1), left, func(ctx context.Context, m *Mutant) error {
		o := once(ctx, s.mutated(m, stage))
		if o.failed != "" { // a machine may be slow; it must fail again
			o = once(ctx, s.mutated(m, stage))
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if o.unsure != "" {
			m.unsure(stage, o.unsure)
		} else if o.failed != "" {
			m.notice(stage, "%s", o.failed)
		}
		count()
		return nil
	})
}
