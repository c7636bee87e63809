package conformance

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lockstep-tla/lockstep/conformance/internal/coverage"
	"github.com/lockstep-tla/lockstep/conformance/internal/explain"
	"github.com/lockstep-tla/lockstep/conformance/internal/explore"
	"github.com/lockstep-tla/lockstep/conformance/internal/falsify"
	"github.com/lockstep-tla/lockstep/conformance/internal/replay"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/rules"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// problem adds a line to the report and lowers the verdict to o.
func (r *building) problem(o report.Outcome, format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.Verdict != report.Rejected {
		r.Verdict = o
	}
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}

// building is a Report that several goroutines fill.
type building struct {
	report.Report
	mu sync.Mutex
}

// check is the check of one pattern.
type check struct {
	*run.Runner
	pattern *Pattern
	spec    *spec.Spec
	breaker *rules.Breaker
	mark    sync.Mutex
	copy    *coverage.Marked // nil until it is needed
	building
	incomplete bool // a run was not recorded to its end
}

// Check makes all checks of one pattern. It model-checks the spec, records the
// code and replays the traces, drives the code through the bounded model,
// breaks every rule in the spec and in the code, and falsifies the accepted
// traces. Independent parts run at the same time. The verdict is in the Report;
// an error means bad input, or that the check could not be made.
func (c *Checker) Check(ctx context.Context, p *Pattern, b *Breaker) (*Report, error) {
	begun := time.Now()
	s, err := spec.Load(p.Spec, p.Library...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	k := &check{Runner: c.Runner().Named(p.Name), pattern: p, spec: s, breaker: b}
	k.building.Report = report.Report{Pattern: p.Name, Verdict: report.Accepted, Rules: []*report.Rule{}}
	k.Model = report.ModelReport{Properties: []string{}, Liveness: []string{}, Refines: []string{}}
	parts := []func(context.Context) error{k.traces, k.explore, k.rules, k.model, k.abstract, k.knownViolations}
	if err := run.Together(ctx, parts...); err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	slices.Sort(k.Problems)
	k.Seconds = time.Since(begun).Round(time.Millisecond).Seconds()
	return &k.building.Report, nil
}

// patternsAtOnce is the number of patterns that are checked at the same time.
// Some parts of a check must wait for each other, and a second pattern uses the
// processors meanwhile. The number of TLC processes is limited by
// Checker.Parallel.
const patternsAtOnce = 2

// CheckAll checks several patterns, some at the same time, and returns their
// reports in the same order. The first error ends all checks.
func (c *Checker) CheckAll(ctx context.Context, patterns []*Pattern, b *Breaker) ([]*Report, error) {
	reports := make([]*report.Report, len(patterns))
	var next atomic.Int64
	work := func(ctx context.Context) error {
		for {
			i := int(next.Add(1)) - 1
			if i >= len(patterns) {
				return nil
			}
			var err error
			if reports[i], err = c.Check(ctx, patterns[i], b); err != nil {
				return err
			}
		}
	}
	var workers []func(context.Context) error
	for range min(patternsAtOnce, len(patterns)) {
		workers = append(workers, work)
	}
	return reports, run.Together(ctx, workers...)
}

// model checks the spec's ordinary model.
func (k *check) model(ctx context.Context) error {
	result, config, err := k.CheckModel(ctx, k.spec, "")
	if err != nil {
		return err
	}
	m := &k.Model
	if m.Further, err = k.spec.Further(); err != nil {
		return err
	}
	m.States, m.Distinct, m.Depth = result.States, result.Distinct, result.Depth
	if config.Expect != nil {
		m.Reaches = config.Expect.Reaches
	}
	k.listProperties(config)
	if len(config.Invariants)+len(config.Properties) == 0 {
		k.problem(report.Rejected, "model: %s.cfg has no INVARIANT and no PROPERTY: it promises nothing", k.spec.Name)
	}
	outcome, message := run.Expected(result, config.Expect)
	if outcome == report.Accepted {
		return k.further(ctx)
	}
	if result.Violated != "" && len(result.Trace) > 0 && outcome == report.Rejected {
		explained, err := explain.ExplainCounterexample(ctx, k.Runner, k.spec, "", result.Violated, result.Trace, result.Loop)
		if err != nil {
			return err
		}
		message += ": " + explained.Why.Summary
	}
	k.problem(outcome, "model: %s", message)
	return nil
}

// further checks the small models beside the ordinary one, which may have properties of
// their own.
func (k *check) further(ctx context.Context) error {
	for _, name := range k.Model.Further {
		_, config, err := k.spec.Model(name)
		if err != nil {
			return err
		}
		k.listProperties(config)
	}
	return k.expect(ctx, k.Model.Further)
}

// listProperties lists the properties of a model, each once.
func (k *check) listProperties(config *tlc.Config) {
	for _, property := range append(slices.Clone(config.Invariants), config.Properties...) {
		into := &k.Model.Properties
		if what, ok := strings.CutPrefix(property, "Refines"); ok {
			property, into = what, &k.Model.Refines
		} else if k.spec.IsLiveness(property) {
			into = &k.Model.Liveness
		}
		if !slices.Contains(*into, property) {
			*into = append(*into, property)
		}
	}
}

// knownViolations checks that TLC finds the counterexamples that the spec
// documents.
func (k *check) knownViolations(ctx context.Context) error {
	limits, err := k.spec.KnownViolations()
	if err != nil {
		return err
	}
	k.Model.KnownViolations = limits // no other part of the check writes this field
	var names []string
	for _, l := range limits {
		names = append(names, l.Name)
	}
	return k.expect(ctx, names)
}

// abstract checks each of the abstract specs by itself.
func (k *check) abstract(ctx context.Context) error {
	names, err := k.spec.Abstract()
	if err != nil {
		return err
	}
	k.Model.Abstract = names // no other part of the check writes this field
	return k.expect(ctx, names)
}

// expect checks that TLC says of each model what its first line announces.
func (k *check) expect(ctx context.Context, models []string) error {
	for _, name := range models {
		result, config, err := k.CheckModel(ctx, k.spec, name)
		if err != nil {
			return err
		}
		if outcome, message := run.Expected(result, config.Expect); outcome != report.Accepted {
			k.problem(outcome, "model %s: %s", name, message)
		}
	}
	return nil
}

// traces records the code, replays the traces, and falsifies the accepted ones.
func (k *check) traces(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "lockstep-traces-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	k.Advance("record", 0, len(k.pattern.Scenarios))
	paths, failed := k.pattern.Record(ctx, dir, false)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	traces, unread := replay.ReadAll(paths)
	if err := errors.Join(failed, unread); err != nil {
		k.incomplete = true
		outcome := report.Unknown
		if errors.Is(err, report.ErrWrongAnswer) {
			outcome = report.Rejected
		}
		k.problem(outcome, "recording: %s", err)
	}
	if err := k.judge(ctx, traces, lostRuns(failed)); err != nil {
		return err
	}
	for _, step := range k.building.Replay.Missing {
		k.problem(k.absent(), "replay: no recorded trace takes the step %s", step)
	}
	return nil
}

// judge replays traces, explains the refused ones, and falsifies the accepted ones.
func (k *check) judge(ctx context.Context, traces []*trace.Trace, lost map[string]error) error {
	verdicts, covered, err := k.replay(ctx, traces)
	if err != nil {
		return err
	}
	withoutLost(traces, verdicts, lost)
	var accepted []*trace.Trace
	taken := map[string]bool{}
	k.building.Replay.Traces = len(traces)
	for i, v := range verdicts {
		k.building.Replay.Steps += len(traces[i].Events)
		if v.Outcome != report.Accepted {
			k.problem(v.Outcome, "replay: %s: %s", k.nameOf(traces[i]), v)
			continue
		}
		accepted = append(accepted, traces[i])
		for _, e := range traces[i].Events {
			taken[e.Step] = true
		}
	}
	k.building.Replay.Accepted = len(accepted)
	if k.spec.Steps() == nil {
		k.problem(report.Unknown, "replay: the Steps module does not name its steps literally, so the missing ones are unknown")
	}
	for _, step := range k.spec.Steps() {
		if !taken[step] {
			k.building.Replay.Missing = append(k.building.Replay.Missing, step)
		}
	}
	if err := k.explainRefused(ctx, traces, verdicts); err != nil {
		return err
	}
	if len(accepted) == 0 {
		k.problem(report.Unknown, "replay: there is no accepted trace")
		return nil
	}
	if err := k.checkViews(ctx, accepted); err != nil {
		return err
	}
	return run.Together(ctx,
		func(ctx context.Context) error { return k.falsify(ctx, accepted) },
		func(ctx context.Context) error { return k.cover(ctx, accepted, covered) })
}

// replay replays the traces of the code, and finds out which parts of the spec they
// exercise. One pass of TLC over the marked copy says both, if it accepts all traces.
// If it does not, the spec itself gives the verdicts, and the coverage is nil.
func (k *check) replay(ctx context.Context, traces []*trace.Trace) ([]report.Verdict, *report.Coverage, error) {
	marked, err := k.marked(ctx)
	if err != nil {
		return nil, nil, err
	}
	covered, err := marked.Accepted(ctx, k.Runner, traces)
	if err != nil {
		return nil, nil, err
	}
	if covered == nil {
		verdicts, err := replay.Replay(ctx, k.Runner, k.spec, traces)
		return verdicts, nil, err
	}
	verdicts := make([]report.Verdict, len(traces))
	for i := range verdicts {
		verdicts[i].Outcome = report.Accepted
	}
	return verdicts, covered, nil
}

// marked is the marked copy of the spec, which is made once.
func (k *check) marked(ctx context.Context) (*coverage.Marked, error) {
	k.mark.Lock()
	defer k.mark.Unlock()
	var err error
	if k.copy == nil {
		k.copy, err = coverage.Mark(ctx, k.Runner, k.spec)
	}
	return k.copy, err
}

// cover finds out which parts of the spec the accepted traces exercise, unless
// that is known.
func (k *check) cover(ctx context.Context, accepted []*trace.Trace, covered *report.Coverage) error {
	if covered == nil {
		marked, err := k.marked(ctx)
		if err != nil {
			return err
		}
		if covered, err = marked.Cover(ctx, k.Runner, accepted); err != nil {
			return err
		}
	}
	k.building.Replay.Coverage = covered
	return nil
}

// falsifiedPerListed is how many falsified traces there must be for each that the
// pattern lists by hand as equivalent.
const falsifiedPerListed = 100

// nameOf names a trace. The name of a file of the check's own is no use: a message
// outlives the file.
func (k *check) nameOf(t *trace.Trace) string {
	if k.pattern.Scenarios == nil {
		return t.Name
	}
	return fmt.Sprintf("scenario %s, seed %d", t.Header.Scenario, t.Header.Seed)
}

// named copies traces, with the names that messages give them.
func (k *check) named(traces []*trace.Trace) []*trace.Trace {
	named := make([]*trace.Trace, len(traces))
	for i, t := range traces {
		one := *t
		one.Name = k.nameOf(t)
		named[i] = &one
	}
	return named
}

// falsify changes accepted traces, and has them refused or proven equivalent.
func (k *check) falsify(ctx context.Context, accepted []*trace.Trace) error {
	found, err := falsify.Traces(ctx, k.Runner, k.spec, k.named(k.pattern.repeatable(accepted)), k.pattern.Equivalents)
	if err != nil {
		return err
	}
	k.building.Falsified = report.FalsifiedReport{Made: found.Made, Refused: found.Refused, Equivalent: found.Equivalent, ByHand: found.ByHand}
	for _, missed := range found.Missed {
		k.problem(report.Rejected, "falsified traces: the spec accepts %s", missed)
	}
	for _, unknown := range found.Unknown {
		k.problem(report.Unknown, "falsified traces: no verdict on %s", unknown)
	}
	for _, unused := range found.Unused {
		k.problem(k.absent(), "falsified traces: none needs the entry %s", unused)
	}
	if found.ByHand*falsifiedPerListed > found.Made {
		k.problem(report.Rejected, "falsified traces: %d of %d are listed as equivalent, more than 1 in %d", found.ByHand, found.Made, falsifiedPerListed)
	}
	return nil
}

func (k *check) explore(ctx context.Context) error {
	if k.pattern.System == nil {
		k.problem(report.Unknown, "explore: the pattern gives no System")
		return nil
	}
	marked, err := k.marked(ctx)
	if err != nil {
		return err
	}
	pass := marked.Pass()
	x, err := explore.Observed(ctx, k.Runner, marked.Spec, k.pattern.System, pass)
	if errors.Is(err, spec.ErrInput) { // it may lie with the marks
		pass.Fail(err.Error())
		x, err = explore.Explore(ctx, k.Runner, k.spec, k.pattern.System)
	}
	if errors.Is(err, explore.ErrCode) {
		k.problem(report.Unknown, "explore: %s", err)
		return nil
	}
	if err != nil {
		return err
	}
	k.building.Explore = report.ExploreReport{Transitions: x.Transitions, Driven: x.Driven, Refusals: x.Refusals, Coverage: pass.Coverage(x.Taken)}
	if x.Message != "" {
		k.problem(x.Outcome, "explore: %s", x.Message)
	}
	for _, step := range x.Missing {
		k.problem(report.Rejected, "explore: the bounded model never takes the step %s", step)
	}
	if err := explain.ExplainDifferences(ctx, k.Runner, k.spec, x.Differences); err != nil {
		return err
	}
	for _, kind := range report.Kinds(x.Differences) {
		because := ""
		if kind.Explanation != nil {
			k.building.Explore.Differences = append(k.building.Explore.Differences, *kind.Difference)
			because = ", because: " + kind.Explanation.Summary
		}
		k.problem(report.Rejected, "explore: %s%s", kind, because)
	}
	if x.Outcome == report.Rejected && len(x.Differences) == 0 && x.Driven < x.Transitions {
		k.problem(report.Rejected, "explore: %d of %d transitions cannot be reached by the code", x.Transitions-x.Driven, x.Transitions)
	}
	return nil
}

// rules breaks every rule, in the spec and in the code.
func (k *check) rules(ctx context.Context) error {
	all, err := rules.Rules(k.spec, k.pattern.code())
	if err != nil {
		return err
	}
	k.Rules = all
	if len(all) == 0 {
		k.problem(report.Unknown, "rules: the pattern has none")
		return nil
	}
	if err := rules.BreakAll(ctx, k.Runner, k.spec, k.pattern.code(), k.breaker, all); err != nil {
		return err
	}
	for _, r := range all {
		if r.Spec == report.Detected && r.Code == report.Detected {
			continue
		}
		outcome := report.Rejected
		if r.Spec == report.DetectionUnknown || r.Code == report.DetectionUnknown {
			outcome = report.Unknown
		}
		k.problem(outcome, "rule %s: %s in the spec, %s in the code: %s", r.Name, r.Spec, r.Code, r.Message)
	}
	return k.explainRules(ctx)
}
