package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/lockstep-tla/lockstep/conformance/internal/explore"
	"github.com/lockstep-tla/lockstep/conformance/internal/process"
	"github.com/lockstep-tla/lockstep/conformance/internal/replay"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/trace"
)

// Reexec makes the running program one that can be a part of its own checks: a
// scenario that kills processes, and the check of broken rules, start the
// program again with a role in its environment. If this process has such a
// role, Reexec plays it and does not return. Call it first in main, or in
// TestMain before m.Run.
func Reexec(patterns ...*Pattern) {
	served.Store(true)
	role, name, ok := strings.Cut(os.Getenv(process.RoleEnv), ":")
	if !ok {
		return
	}
	err := fmt.Errorf("no pattern %q here", name)
	for _, p := range patterns {
		if p.Name == name {
			err = p.play(role, os.Args[1:])
		}
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", os.Getenv(process.RoleEnv), err)
		os.Exit(1)
	}
	os.Exit(0)
}

func (p *Pattern) play(role string, args []string) error {
	if os.Getenv(process.BrokenEnv) != "" {
		if err := process.LimitFiles(replay.MaxTrace); err != nil {
			return err
		}
	}
	if role == "child" && p.Child != nil {
		return p.Child(args)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch {
	case role == "record" && len(args) == 1:
		_, err := p.broken().Record(ctx, args[0], false)
		return err
	case role == "record" && len(args) == 2 && args[1] == "all":
		_, err := p.Record(ctx, args[0], false)
		return err
	case role == "drive" && len(args) == 1:
		return p.driveHere(ctx, args[0], os.Stdout)
	case role == "explore" && len(args) == 1:
		return p.exploreHere(ctx, args[0], os.Stdout)
	}
	return errors.New("unknown role")
}

// WaitLimit is how long a scenario may wait for what must come by itself, before
// it gives up: a minute, since machines are slow at times; and 10 seconds in a
// process whose code lacks a rule, which may well wait for ever.
func WaitLimit() time.Duration {
	if os.Getenv(process.BrokenEnv) != "" {
		return 10 * time.Second
	}
	return time.Minute
}

// broken is the pattern with the scenarios that are recorded with a rule broken.
func (p *Pattern) broken() *Pattern {
	q := *p
	q.Scenarios = slices.DeleteFunc(slices.Clone(p.Scenarios), func(s Scenario) bool { return s.Nondeterministic })
	return &q
}

// repeatable are the traces of those scenarios.
func (p *Pattern) repeatable(traces []*trace.Trace) []*trace.Trace {
	scenarios := p.broken().Scenarios
	return slices.DeleteFunc(slices.Clone(traces), func(t *trace.Trace) bool {
		return !slices.ContainsFunc(scenarios, func(s Scenario) bool { return s.Name == t.Header.Scenario })
	})
}

// exploreHere explores the code of this process, in which a rule may be left
// out, and writes the Exploration as JSON.
func (p *Pattern) exploreHere(ctx context.Context, with string, out io.Writer) error {
	var set run.Settings
	if err := json.Unmarshal([]byte(with), &set); err != nil {
		return err
	}
	s, err := spec.Load(p.Spec, p.Library...)
	if err != nil {
		return err
	}
	x, err := explore.Explore(ctx, (&run.Runner{TLC: set.TLC, MemoryMB: set.MemoryMB, Timeout: set.Timeout}), s, p.System)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(x)
}

// driveHere is exploreHere along a model that was saved in a file.
func (p *Pattern) driveHere(ctx context.Context, file string, out io.Writer) error {
	saved, err := os.Open(file)
	if err != nil {
		return err
	}
	defer saved.Close()
	model, err := explore.LoadModel(saved)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	x, err := explore.Drive(ctx, &run.Runner{}, model, p.System)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(x)
}

// Command is a process that runs the pattern's Child with the given arguments.
// The program must call Reexec, else the process would be the program all over
// again: without it, the command's Start returns an error.
func (r Run) Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := process.RoleCommand(ctx, executable(), "child", r.pattern, args...)
	if !served.Load() {
		cmd.Err = errors.New("conformance: a program that starts itself again must call Reexec first")
	}
	return cmd
}

// served says that this program has called Reexec.
var served atomic.Bool

func executable() string {
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}

// NewRun is one run of a scenario with a folder of its own below dir. The
// trace goes to dir/SCENARIO-SEED.ndjson.
func (p *Pattern) NewRun(dir string, s Scenario, seed int64) (Run, error) {
	name := fmt.Sprintf("%s-%d", s.Name, seed)
	run := Run{Seed: seed, Path: filepath.Join(dir, name+".ndjson"), Dir: filepath.Join(dir, name), pattern: p.Name}
	return run, os.MkdirAll(run.Dir, 0o755)
}

// Record runs every scenario of the pattern as often as it says, with the seeds
// 1, 2, 3 and so on, and returns the paths of the traces, which it leaves in
// dir. It goes on after a run that fails; the error joins what failed.
func (p *Pattern) Record(ctx context.Context, dir string, long bool) ([]string, error) {
	var paths []string
	var failed []error
	for _, s := range p.Scenarios {
		for seed := range int64(max(s.Runs, 1)) {
			run, err := p.NewRun(dir, s, seed+1)
			if err != nil {
				return paths, err
			}
			run.Long = long
			if err := runScenario(ctx, s, run); err != nil {
				failed = append(failed, fmt.Errorf("scenario %s, seed %d: %w", s.Name, run.Seed, err))
			}
			if err := os.RemoveAll(run.Dir); err != nil {
				failed = append(failed, err)
			}
			if ctx.Err() != nil {
				return paths, context.Cause(ctx)
			}
			if _, err := os.Stat(run.Path); err == nil {
				paths = append(paths, run.Path)
			}
		}
	}
	return paths, errors.Join(failed...)
}

// runScenario turns a panic into an error: code under a broken rule may panic,
// and what it had recorded still counts.
func runScenario(ctx context.Context, s Scenario, run Run) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return s.Run(ctx, run)
}
