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
	"strconv"
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
	limit  time.Duration
	mutant bool // it may wait for what never comes, or fill the disk
}

// outcome is what a process came to: nothing, a failure that a mutant caused,
// or no verdict.
type outcome struct {
	failed, unsure string
	late           bool // it was ended
	output         []byte
}

// run runs a process to its end, with all that it starts.
func (s *codeSide) run(ctx context.Context, p process, cmd func(context.Context) *exec.Cmd) outcome {
	limited, cancel := context.WithTimeout(ctx, p.limit)
	defer cancel()
	c := cmd(limited)
	c.Env = append(append(c.Environ(), p.env...), "TMPDIR="+s.dir)
	if p.mutant {
		c.Env = append(c.Env, child.BrokenEnv+"="+s.subject.Name+"/mutant")
	}
	var out, said bytes.Buffer
	c.Stdout, c.Stderr = &out, &said
	err := child.RunWhole(c)
	o := outcome{output: out.Bytes()}
	switch {
	case err == nil:
	case limited.Err() != nil && ctx.Err() == nil:
		o.failed, o.late = fmt.Sprintf("it had not ended after %s", p.limit.Round(time.Second)), true
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
// is made a second time, since a machine may be slow; it must fail again.
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
			o := s.record(ctx, s.mutated(m, ByReplay), dir)
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			r.failed = o.failed
			if o.unsure != "" {
				return errors.New(o.unsure)
			}
			if err := s.unlike(r, dir); err != nil {
				return err
			}
			if r.failed == "" || o.late {
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
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil && r.failed == "" {
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
		var traces []*trace.Trace
		var of []*recording
		for _, r := range recordings {
			if r.mutant.Noticed != "" {
				continue
			}
			whole, unread := replay.ReadAll(round.some(r))
			if unread != nil && r.failed == "" {
				r.failed = "a run has left no whole trace: " + s.withoutFolder(unread.Error())
			}
			for _, t := range whole {
				traces, of = append(traces, t), append(of, r)
			}
		}
		if len(traces) == 0 {
			continue
		}
		s.Advance(round.name, 0, 0)
		verdicts, err := replay.WithOptions(ctx, s.Runner, s.spec, traces, replay.Options{ExpectRefusals: true})
		if err != nil {
			return err
		}
		for i, v := range verdicts {
			switch v.Outcome {
			case report.Rejected:
				of[i].mutant.notice(ByReplay, "%s, seed %d: %s", traces[i].Header.Scenario, traces[i].Header.Seed, s.withoutFolder(v.String()))
			case report.Unknown:
				of[i].mutant.unsure(ByReplay, v.Message)
			}
		}
	}
	return nil
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
	if o.failed != "" {
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
		cmd := exec.CommandContext(ctx, s.tests, "-test.failfast", "-test.timeout="+strconv.Itoa(int(p.limit.Seconds()))+"s")
		cmd.Dir = s.code.Dir
		return cmd
	})
}
