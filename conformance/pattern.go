package conformance

import (
	"context"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"reflect"
	"runtime"
	"strings"
	"time"

	"github.com/lockstep-tla/lockstep/conformance/internal/crossref"
	"github.com/lockstep-tla/lockstep/conformance/internal/explore"
	"github.com/lockstep-tla/lockstep/conformance/internal/rules"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/trace"
)

// Pattern ties a piece of Go code to its spec. It is all that the checker needs
// to hold the two against each other in both directions.
type Pattern struct {
	// Name is the pattern's folder name, such as "writeaheadlog".
	Name string
	// PartOf is the pattern that this one belongs to, or "". A check of that pattern
	// checks this one, too, and its page speaks of it.
	PartOf string
	// Spec holds the modules and models: X.tla, X.cfg, XSteps.tla, XSteps.cfg
	// and, for the rules, XBroken.tla with broken/RULE.cfg.
	Spec fs.FS
	// Scenarios are the runs that record traces.
	Scenarios []Scenario
	// System makes the code that Explore drives, in its initial state. The code
	// must record every step it takes with rec, exactly once.
	System func(rec *trace.Recorder) (System, error)
	// Library holds further folders of modules that the spec extends or
	// instantiates. It may be nil.
	Library []fs.FS
	// Package is the import path of the code whose rules Broken breaks.
	Package string
	// Broken holds RULE.go, or broken/RULE.go, for each rule: the functions that
	// carry the rule, with the body that leaves it out.
	Broken fs.FS
	// Equivalents lists the falsified traces that the spec may accept although TLC
	// does not prove them equivalent: at most 1 in 100, each with the reason.
	Equivalents []Equivalent
	// EquivalentMutants lists the mutants of spec and code that make no
	// difference, each with the reason; see `lockstep mutate`.
	EquivalentMutants []EquivalentMutant
	// Divergences lists the elements that spec and code do not share on
	// purpose.
	Divergences []Divergence
	// Child is the main function of a process that a scenario starts with
	// Run.Command and may kill; args are the arguments of Command. It may be
	// nil.
	Child func(args []string) error
}

// Scenario is one way to run the code and record its steps.
type Scenario struct {
	Name  string
	About string // one sentence, for listings
	Runs  int    // how many seeds an ordinary check records; at least 1
	// Nondeterministic excludes the scenario from two checks: it is not
	// recorded with a rule broken, and its traces are not falsified. Set it if
	// the Go scheduler determines the course of a run, because a broken rule
	// may then show at another step each time. Set it also if a run with a
	// broken rule could only wait for a time-out.
	Nondeterministic bool
	// Limit is how long one run may take; 0 stands for five minutes. The limit
	// grows on a machine that lets the process wait. A run that takes longer, or
	// records more than 128 MiB in one file, is given up, and the check has no
	// verdict.
	Limit time.Duration
	// Run does one run. It must write one complete trace to run.Path. The same
	// seed must give the same workload and the same faults.
	Run func(ctx context.Context, run Run) error
}

// Run holds the parameters of one run of a scenario.
type Run struct {
	Seed int64
	Path string // where the trace goes
	Dir  string // an empty folder for data files; removed afterwards
	Long bool   // a long run is wanted, such as 200 kills instead of 20

	pattern string
}

// System is the code that Explore drives.
type System interface {
	// Do takes the named step with the given arguments. If the code does not
	// allow the step in its present state, Do returns ErrRefused, changes
	// nothing and records nothing. The System takes environment steps, such as
	// a crash or a failing disk, on its fakes.
	Do(step string, args map[string]trace.Value) error
	// Close releases all resources of the system and records nothing. Its error is one of
	// the exploration.
	Close() error
}

// ErrRefused is returned by System.Do for a step that the code does not allow
// in its present state.
var ErrRefused = explore.ErrRefused

// code returns the part of the pattern that the rules package needs.
func (p *Pattern) code() rules.Code {
	return rules.Code{Name: p.Name, Package: p.Package, Broken: p.Broken}
}

// NewBreaker returns a Breaker for these patterns. main is the import path of
// the program that calls Reexec with them.
func NewBreaker(main string, patterns ...*Pattern) *Breaker {
	b := &Breaker{Main: main}
	for _, p := range patterns {
		b.Code = append(b.Code, p.code())
	}
	return b
}

// Sources returns the spec and the code for the cross-reference.
func (p *Pattern) Sources() (crossref.Sources, error) {
	s, err := spec.Load(p.Spec, p.Library...)
	if err != nil {
		return crossref.Sources{}, fmt.Errorf("%s: %w", p.Name, err)
	}
	from := crossref.Sources{Spec: s, Code: p.code(), Divergences: p.Divergences}
	if p.Scenarios != nil {
		from.Traces, from.Record = p.firstTraces, p.recordRun
	}
	if p.System != nil {
		from.Drivers = packageOf(runtime.FuncForPC(reflect.ValueOf(p.System).Pointer()).Name())
	}
	return from, nil
}

// firstTraces records a run of each scenario whose course its seed determines.
func (p *Pattern) firstTraces(ctx context.Context) iter.Seq2[crossref.Recorded, error] {
	return func(yield func(crossref.Recorded, error) bool) {
		for _, s := range p.broken().Scenarios {
			t, err := p.recordOnce(ctx, s, 1)
			if !yield(crossref.Recorded{Trace: t, Command: fmt.Sprintf("lockstep record %s -scenario %s", p.Name, s.Name)}, err) || err != nil {
				return
			}
		}
	}
}

// recordRun records a run of a scenario whose course its seed determines.
func (p *Pattern) recordRun(ctx context.Context, scenario string, seed int64) (crossref.Recorded, error) {
	for _, s := range p.broken().Scenarios {
		if s.Name == scenario {
			t, err := p.recordOnce(ctx, s, seed)
			return crossref.Recorded{Trace: t, Command: fmt.Sprintf("lockstep record %s -scenario %s -seed %d", p.Name, scenario, seed)}, err
		}
	}
	return crossref.Recorded{}, fmt.Errorf("%w: %s has no scenario %q whose course its seed determines", spec.ErrInput, p.Name, scenario)
}

// recordOnce records one run and reads its trace.
func (p *Pattern) recordOnce(ctx context.Context, s Scenario, seed int64) (*trace.Trace, error) {
	dir, err := os.MkdirTemp("", "lockstep-record-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	run, err := p.NewRun(dir, s, seed)
	if err != nil {
		return nil, err
	}
	if err := s.Record(ctx, run); err != nil {
		return nil, fmt.Errorf("%s: scenario %s: %w", p.Name, s.Name, err)
	}
	return trace.ReadFile(run.Path)
}

// packageOf returns the import path in the name of a function.
func packageOf(function string) string {
	slash := strings.LastIndex(function, "/") + 1
	name, _, _ := strings.Cut(function[slash:], ".")
	return function[:slash] + name
}
