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
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/lockstep-tla/lockstep/conformance/internal/explore"
	"github.com/lockstep-tla/lockstep/conformance/internal/process"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/trace"
)

// Reexec lets the checker start the running program again as a child process. A
// scenario that kills processes needs that, and so does the check of broken
// rules; the child's environment tells its role. If this process has a role,
// Reexec plays it and does not return. Call it first in main, or in TestMain
// before m.Run.
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
		if given, err := strconv.ParseInt(os.Getenv(process.FileLimitEnv), 10, 64); err == nil {
			maxRecorded = given
		}
		if err := process.LimitFiles(maxRecorded); err != nil {
			return err
		}
	}
	if role == "child" && p.Child != nil {
		trace.LimitFiles(maxRecorded, func(err error) {
			fmt.Fprintf(os.Stderr, "%s: %v\n", os.Getenv(process.RoleEnv), err)
			os.Exit(1)
		})
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

// WaitLimit returns how long a scenario may wait for an event before it gives
// up: a minute, and 10 seconds in a process with a broken rule, where the event
// may never come. toolbox.Patience lets the limit grow on a slow machine. A run of a
// mutant that has failed is repeated with the whole minute.
func WaitLimit() time.Duration {
	if os.Getenv(process.BrokenEnv) != "" && os.Getenv(process.PatientEnv) == "" {
		return 10 * time.Second
	}
	return time.Minute
}

// broken returns the pattern with the scenarios that are recorded with a rule
// broken.
func (p *Pattern) broken() *Pattern {
	q := *p
	q.Scenarios = slices.DeleteFunc(slices.Clone(p.Scenarios), func(s Scenario) bool { return s.Nondeterministic })
	return &q
}

// repeatable returns the traces of those scenarios.
func (p *Pattern) repeatable(traces []*trace.Trace) []*trace.Trace {
	if p.Scenarios == nil { // the traces come from elsewhere, and stay as they are
		return traces
	}
	scenarios := p.broken().Scenarios
	return slices.DeleteFunc(slices.Clone(traces), func(t *trace.Trace) bool {
		return !slices.ContainsFunc(scenarios, func(s Scenario) bool { return s.Name == t.Header.Scenario })
	})
}

// exploreHere explores the code of this process, in which a rule may be broken,
// and writes the Exploration as JSON.
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

// Command returns a command that runs the pattern's Child with the given
// arguments. The program must call Reexec, or the child would run the whole
// program again. Without that call, the command's Start returns an error.
func (r Run) Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := process.RoleCommand(ctx, executable(), "child", r.pattern, args...)
	if !served.Load() {
		cmd.Err = errors.New("conformance: a program that starts itself again must call Reexec first")
	}
	return cmd
}

// served records that this program has called Reexec.
var served atomic.Bool

func executable() string {
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}

// NewRun prepares one run of a scenario with a folder of its own below dir. The
// trace goes to dir/SCENARIO-SEED.ndjson.
func (p *Pattern) NewRun(dir string, s Scenario, seed int64) (Run, error) {
	name := fmt.Sprintf("%s-%d", s.Name, seed)
	run := Run{Seed: seed, Path: filepath.Join(dir, name+".ndjson"), Dir: filepath.Join(dir, name), pattern: p.Name}
	return run, os.MkdirAll(run.Dir, 0o755)
}

// Record runs every scenario of the pattern Scenario.Runs times, with the seeds
// 1, 2, 3 and so on. It leaves the traces in dir and returns their paths. It
// goes on after a failed run; the error joins all failures.
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
			err = s.Record(ctx, run)
			if err != nil {
				failed = append(failed, &runError{s.Name, run.Seed, run.Path, err})
			}
			if errors.Is(err, errRunTooLarge) { // other seeds may need as much room
				_ = os.Remove(run.Path)
			}
			if err := os.RemoveAll(run.Dir); err != nil && !errors.Is(errors.Join(failed...), errGivenUp) {
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
