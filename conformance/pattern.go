package conformance

import (
	"context"
	"fmt"
	"io/fs"
	"reflect"
	"runtime"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/crossref"
	"github.com/lockstep-tla/lockstep/conformance/internal/explore"
	"github.com/lockstep-tla/lockstep/conformance/internal/rules"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/trace"
)

// Pattern is everything the checker needs to hold one piece of Go code
// against one spec, in both directions.
type Pattern struct {
	// Name is the pattern's folder name, such as "writeaheadlog".
	Name string
	// Spec holds the modules and models: X.tla, X.cfg, XSteps.tla, XSteps.cfg
	// and, for the rules, XBroken.tla with broken/RULE.cfg.
	Spec fs.FS
	// Scenarios are the runs that record traces.
	Scenarios []Scenario
	// System makes the code that Explore drives, in its initial state. Every
	// step it takes must be recorded with rec, exactly once.
	System func(rec *trace.Recorder) (System, error)
	// Library holds further modules that the spec stands on; may be nil.
	Library []fs.FS
	// Package is the import path of the code whose rules Broken breaks.
	Package string
	// Broken holds RULE.go, or broken/RULE.go, for each rule: the functions that
	// carry the rule, with the body that leaves it out.
	Broken fs.FS
	// Equivalents lists the lies that may be accepted, each with its reason.
	Equivalents []Equivalent
	// EquivalentMutants lists the mutants of spec and code that make no
	// difference, each with its reason; see `lockstep mutate`.
	EquivalentMutants []EquivalentMutant
	// Divergences lists where spec and code part on purpose; see Map.
	Divergences []Divergence
	// Child is the main function of a process that a scenario starts with
	// Run.Command, to kill it; args are what it passed there. May be nil.
	Child func(args []string) error
}

// Scenario is one way to run the code and record what it does.
type Scenario struct {
	Name  string
	About string // one sentence, for listings
	Runs  int    // how many seeds an ordinary check records; at least 1
	// Nondeterministic keeps it for the code as it is: it is not recorded with a rule
	// broken, and no lies are told about it. That is for runs whose course is
	// the scheduler's, in which the same broken rule may show itself at another
	// step each time, and what is no lie in one would be one in the next; and
	// for those that would only wait for what cannot come.
	Nondeterministic bool
	// Run does one run. It must write one complete trace to run.Path. The
	// same seed must give the same workload and the same faults.
	Run func(ctx context.Context, run Run) error
}

// Run is what a scenario is given.
type Run struct {
	Seed int64
	Path string // where the trace goes
	Dir  string // an empty folder for data files; removed afterwards
	Long bool   // a long run is wanted, such as 200 kills instead of 20

	pattern string
}

// System is the code under exploration.
type System interface {
	// Do takes the named step with the given arguments. If the code does not
	// allow the step in its present state, Do returns ErrRefused, nothing has
	// changed and nothing is recorded. Environment steps (a crash, a failing
	// disk) are taken by the System on its fakes.
	Do(step string, args map[string]trace.Value) error
	// Close releases what the system holds.
	Close() error
}

// ErrRefused is returned by System.Do for a step that the code does not allow
// in its present state.
var ErrRefused = explore.ErrRefused

// code is what breaking rules needs to know of the pattern.
func (p *Pattern) code() rules.Code {
	return rules.Code{Name: p.Name, Package: p.Package, Broken: p.Broken}
}

// NewBreaker returns a Breaker of these patterns; main is the package of the
// program that calls Reexec with them.
func NewBreaker(main string, patterns ...*Pattern) *Breaker {
	b := &Breaker{Main: main}
	for _, p := range patterns {
		b.Code = append(b.Code, p.code())
	}
	return b
}

// Sources are the pattern's spec and code, for those who lay them side by side.
func (p *Pattern) Sources() (crossref.Sources, error) {
	s, err := spec.Load(p.Spec, p.Library...)
	if err != nil {
		return crossref.Sources{}, fmt.Errorf("%s: %w", p.Name, err)
	}
	from := crossref.Sources{Spec: s, Code: p.code(), Divergences: p.Divergences}
	if p.System != nil {
		from.Drivers = packageOf(runtime.FuncForPC(reflect.ValueOf(p.System).Pointer()).Name())
	}
	return from, nil
}

// packageOf is the import path in the name of a function.
func packageOf(function string) string {
	slash := strings.LastIndex(function, "/") + 1
	name, _, _ := strings.Cut(function[slash:], ".")
	return function[:slash] + name
}
