package mutation

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lockstep-tla/lockstep/conformance/internal/explore"
	child "github.com/lockstep-tla/lockstep/conformance/internal/process"
	"github.com/lockstep-tla/lockstep/conformance/internal/replay"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/trace"
)

// process is how a process with the mutants in it is run.
type process struct {
	env    []string
	limit  child.Limit
	mutant bool // it may wait for what never comes, or fill the disk
}

// outcome is what a process came to: nothing, a failure that a mutant caused,
// or no verdict.
type outcome struct {
	failed, unsure string
	late           bool // it was ended
	usage          child.Usage
	output         []byte
}

// run runs a process to its end, with all that it starts.
func (s *codeSide) run(ctx context.Context, p process, cmd func(context.Context) *exec.Cmd) outcome {
	var out, said bytes.Buffer
	usage, err := child.Within(ctx, p.limit, func(ctx context.Context) *exec.Cmd {
		c := cmd(ctx)
		c.Env = append(append(c.Environ(), p.env...), "TMPDIR="+s.dir)
		if p.mutant {
			c.Env = append(c.Env, child.BrokenEnv+"="+s.subject.Name+"/mutant")
		}
		c.Stdout, c.Stderr = &out, &said
		return c
	})
	o := outcome{usage: usage, output: out.Bytes(), late: errors.Is(err, child.ErrUsedUp) || errors.Is(err, child.ErrLate)}
	switch {
	case err == nil:
	case errors.Is(err, child.ErrLate):
		o.unsure = err.Error()
	case o.late:
		o.failed = err.Error()
	default:
		o.failed = fmt.Sprintf("%s: %s", err, s.withoutFolder(telling(said.String()+out.String())))
	}
	return o
}

// withoutFolder leaves out where the mutants' files were: they are gone later.
func (s *codeSide) withoutFolder(text string) string {
	return strings.ReplaceAll(text, s.dir+string(filepath.Separator), "")
}

// telling is the line of an output that says most: the panic, the first test
// that failed, or the first line.
func telling(output string) string {
	for _, begin := range []string{"panic: ", "fatal error: ", "--- FAIL: "} {
		for line := range strings.Lines(output) {
			if strings.HasPrefix(strings.TrimSpace(line), begin) {
				return strings.TrimSpace(line)
			}
		}
	}
	line, _, _ := strings.Cut(strings.TrimSpace(output), "\n")
	return line
}

// counter counts what is done of some work.
func counter(c *run.Runner, work string, total int) func() {
	var done atomic.Int64
	return func() { c.Advance(work, int(done.Add(1)), total) }
}

// record runs all scenarios, and leaves their traces in dir.
func (s *codeSide) record(ctx context.Context, p process, dir string) outcome {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return outcome{unsure: err.Error()}
	}
	return s.run(ctx, p, func(ctx context.Context) *exec.Cmd {
		return child.RoleCommand(ctx, s.program, "record", s.subject.Name, dir, "all")
	})
}

// recordAll records the runs of the mutants that these come by. A run that fails
// is made a second time, since a machine may be slow; it must fail again, though it then
// waits as long as the code as it is.
func (s *codeSide) recordAll(ctx context.Context, mutants []*Mutant) ([]*recording, error) {
	var all []*recording
	for _, m := range mutants {
		if s.comesBy(ByReplay, m) {
			all = append(all, &recording{mutant: m})
		}
	}
	count := counter(s.Runner, "code mutants recorded", len(all))
	byMutant := map[*Mutant]*recording{}
	var left []*Mutant
	for _, r := range all {
		byMutant[r.mutant] = r
		left = append(left, r.mutant)
	}
	// Much of the time a run waits, so there may be more of them than processors.
	return all, inTurn(ctx, 2*max(s.Parallel, 1), left, func(ctx context.Context, m *Mutant) error {
		defer count()
		r := byMutant[m]
		for try := range 2 {
			dir := filepath.Join(s.dir, fmt.Sprintf("mutant-%d-%d", m.number, try))
			p := s.mutated(m, ByReplay)
			if try > 0 {
				p.env = append(p.env, child.PatientEnv+"=1")
			}
			o := s.record(ctx, p, dir)
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if r.failed = o.failed; o.unsure != "" {
				m.unsure(ByRun, o.unsure)
			}
			if err := s.unlike(r, dir); err != nil {
				return err
			}
			if r.failed == "" {
				break
			}
		}
		return nil
	})
}

// unlike adds the traces in a folder that are not those of the code as it is,
// the short ones first.
func (s *codeSide) unlike(r *recording, dir string) error {
	paths, err := filepath.Glob(filepath.Join(dir, "*.ndjson"))
	if err != nil {
		return err
	}
	sizes := map[string]int{}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if string(content) != s.honest[filepath.Base(path)] {
			r.traces = append(r.traces, path)
			sizes[path] = len(content)
		}
	}
	for name := range s.honest {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil && r.failed == "" && len(r.mutant.Unsure) == 0 {
			r.failed = "a run has left no trace: " + name
		}
	}
	slices.SortStableFunc(r.traces, func(a, b string) int { return sizes[a] - sizes[b] })
	return nil
}

// atFirst is how many traces of each mutant are replayed at first. Most mutants
// that traces show are shown by any of them.
const atFirst = 3

// replayAll holds the traces of the mutants against the spec, the first few of
// each and then, of the mutants that are not noticed yet, the others.
func (s *codeSide) replayAll(ctx context.Context, recordings []*recording) error {
	for _, round := range []struct {
		name string
		some func(r *recording) []string
	}{
		{"code mutants replayed, first traces", func(r *recording) []string { return r.traces[:min(atFirst, len(r.traces))] }},
		{"code mutants replayed, other traces", func(r *recording) []string { return r.traces[min(atFirst, len(r.traces)):] }},
	} {
		var all []left
		for _, r := range recordings {
			if r.mutant.Noticed == "" {
				all = append(all, s.read(r, round.some(r))...)
			}
		}
		if len(all) == 0 {
			continue
		}
		s.Advance(round.name, 0, 0)
		unknown, err := s.hold(ctx, all)
		if err != nil {
			return err
		}
		if err := s.holdAlone(ctx, round.name, unknown); err != nil {
			return err
		}
	}
	return nil
}

// left is a trace that a run of a mutant has left.
type left struct {
	*trace.Trace
	of  *recording
	cut bool   // it goes on
	why string // there is no verdict
}

// read reads traces of a mutant.
func (s *codeSide) read(r *recording, paths []string) (all []left) {
	whole, unread := replay.ReadAll(paths)
	if unread != nil && r.failed == "" && len(r.mutant.Unsure) == 0 {
		r.failed = "a run has left no whole trace: " + s.withoutFolder(unread.Error())
	}
	for _, t := range whole {
		part, cut := s.bounds.cut(t)
		all = append(all, left{Trace: part, of: r, cut: cut})
	}
	return all
}

// hold holds traces against the spec. It returns those that have no verdict.
func (s *codeSide) hold(ctx context.Context, all []left) (unknown []left, err error) {
	var traces []*trace.Trace
	for _, t := range all {
		traces = append(traces, t.Trace)
	}
	part := max(1, float64(stepsOf(traces))/float64(max(s.steps, 1)))
	runner := within(s.Runner, "code mutants", time.Duration(part*float64(s.replay)))
	verdicts, err := replay.WithOptions(ctx, runner, s.spec, traces, replay.Options{ExpectRefusals: true})
	if err != nil {
		return nil, err
	}
	for i, v := range verdicts {
		t, m := all[i], all[i].of.mutant
		switch {
		case v.Outcome == report.Rejected:
			m.notice(ByReplay, "%s, seed %d: %s", t.Header.Scenario, t.Header.Seed, s.withoutFolder(v.String()))
		case v.Outcome == report.Unknown:
			t.why = v.Message
			unknown = append(unknown, t)
		case t.cut:
			m.unsure(ByReplay, fmt.Sprintf("%s, seed %d: the trace goes on behind the %d steps that were replayed", t.Header.Scenario, t.Header.Seed, s.bounds.steps))
		}
	}
	return unknown, nil
}

// holdAlone holds the traces of each mutant alone. One mutant can keep TLC from a verdict
// on all traces that go through the same run.
func (s *codeSide) holdAlone(ctx context.Context, name string, unknown []left) error {
	byMutant := map[*Mutant][]left{}
	var mutants []*Mutant
	for _, t := range unknown {
		m := t.of.mutant
		if m.Noticed != "" {
			continue
		}
		if byMutant[m] == nil {
			mutants = append(mutants, m)
		}
		byMutant[m] = append(byMutant[m], t)
	}
	count := counter(s.Runner, name+", each mutant alone", len(mutants))
	return inTurn(ctx, max(s.Parallel, 1), mutants, func(ctx context.Context, m *Mutant) error {
		still, err := s.hold(ctx, byMutant[m])
		if len(still) > 0 && m.Noticed == "" {
			m.unsure(ByReplay, still[0].why)
		}
		count()
		return err
	})
}

// model has TLC print the bounded model once, for all processes to be driven
// along it.
func (s *codeSide) model(ctx context.Context) error {
	s.Advance("bounded model", 0, 0)
	model, unknown, err := explore.Read(ctx, s.Runner, s.spec)
	if err != nil {
		return err
	}
	if model == nil {
		return fmt.Errorf("the bounded model: %s", unknown.Message)
	}
	file, err := os.Create(s.modelFile())
	if err != nil {
		return err
	}
	return errors.Join(model.Save(file), file.Close())
}

func (s *codeSide) modelFile() string { return filepath.Join(s.dir, "model") }

// exploreOnce drives a process along the bounded model.
func (s *codeSide) exploreOnce(ctx context.Context, p process) outcome {
	o := s.run(ctx, p, func(ctx context.Context) *exec.Cmd {
		return child.RoleCommand(ctx, s.program, "drive", s.subject.Name, s.modelFile())
	})
	if o.failed != "" || o.unsure != "" {
		return o
	}
	var x report.Exploration
	if err := json.Unmarshal(o.output, &x); err != nil {
		return outcome{unsure: err.Error()}
	}
	switch {
	case x.Outcome == report.Unknown:
		o.unsure = x.Message
	case len(x.Differences) > 0:
		o.failed = x.Differences[0].String()
	case x.Outcome == report.Rejected:
		o.failed = fmt.Sprintf("%d of %d transitions driven", x.Driven, x.Transitions)
	}
	return o
}

// testOnce runs the package's tests.
func (s *codeSide) testOnce(ctx context.Context, p process) outcome {
	return s.run(ctx, p, func(ctx context.Context) *exec.Cmd {
		cmd := exec.CommandContext(ctx, s.tests, "-test.failfast", "-test.timeout=0") // process.limit ends them
		cmd.Dir = s.code.Dir
		return cmd
	})
}
