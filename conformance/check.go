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

	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// Report is all that a check found out about one pattern. As JSON it is what
// `lockstep check -json` prints.
type Report struct {
	Pattern string        `json:"pattern"`
	Verdict Outcome       `json:"verdict"`
	Model   ModelReport   `json:"model"`
	Replay  ReplayReport  `json:"replay"`
	Explore ExploreReport `json:"explore"`
	Rules   []*Rule       `json:"rules"`
	// Explained says whether the explanations of refused traces name the rule.
	Explained ExplainedReport `json:"explained"`
	Lies      LiesReport      `json:"lies"`
	Seconds   float64         `json:"seconds"`
	// Problems says, a line each, what keeps the verdict from being accepted.
	Problems []string `json:"problems,omitempty"`
}

// ModelReport is what TLC said of the spec's ordinary model.
type ModelReport struct {
	States     int      `json:"states"`
	Distinct   int      `json:"distinct"`
	Depth      int      `json:"depth"`
	Properties []string `json:"properties"` // what holds: invariants and properties, but for the next
	Liveness   []string `json:"liveness"`   // that something happens in the end
	Refines    []string `json:"refines"`    // the specs that it implements
	// Limits are the models that show what cannot be promised.
	Limits []Limit `json:"limits,omitempty"`
}

// ReplayReport is what became of the recorded traces.
type ReplayReport struct {
	Traces   int `json:"traces"`
	Steps    int `json:"steps"`
	Accepted int `json:"accepted"`
	// Missing are the spec's steps that no recorded trace takes.
	Missing []string `json:"missing,omitempty"`
	// Coverage is what of the spec the accepted traces have exercised.
	Coverage *Coverage `json:"coverage,omitempty"`
	// Refused explains the first traces that were not accepted.
	Refused []*Explanation `json:"refused,omitempty"`
}

// ExploreReport is what came of driving the code along the bounded model.
type ExploreReport struct {
	Transitions int `json:"transitions"`
	Driven      int `json:"driven"`
	Refusals    int `json:"refusals"` // steps that the spec refuses, tried on the code
	// Differences are the first of each kind, explained.
	Differences []Difference `json:"differences,omitempty"`
}

// LiesReport counts the falsified traces.
type LiesReport struct {
	Told    int `json:"told"`
	Refused int `json:"refused"`
	Excused int `json:"excused"`
}

// problem adds a line, and what it means for the verdict.
func (r *report) problem(o Outcome, format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.Verdict != Rejected {
		r.Verdict = o
	}
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}

// Gaps says, a line each, what is no reason for a verdict and yet worth a look:
// what of the spec no trace exercises, and which refusals of code without a rule
// are explained without the rule's name.
func (r *Report) Gaps() []string {
	gaps := slices.Clone(r.Explained.Without)
	if r.Replay.Coverage == nil {
		return gaps
	}
	for _, e := range r.Replay.Coverage.Missed() {
		gaps = append(gaps, "no trace exercises "+e.String())
	}
	if unsure := r.Replay.Coverage.Unsure; unsure != "" {
		gaps = append(gaps, "what the traces exercise may be more: "+unsure)
	}
	return gaps
}

// report is a Report under construction by several goroutines.
type report struct {
	Report
	mu sync.Mutex
}

// check is the work on one pattern.
type check struct {
	*Checker
	pattern *Pattern
	spec    *Spec
	breaker *Breaker
	report
}

// Check does everything for one pattern: checks the spec's model, records the
// code and replays the traces, drives the code through the bounded model,
// breaks every rule in the spec and in the code, and tells lies. Parts that do
// not need each other run side by side. The error is for bad input and for
// what kept the check from being made; a Report is a verdict.
func (c *Checker) Check(ctx context.Context, p *Pattern, b *Breaker) (*Report, error) {
	begun := time.Now()
	s, err := Load(p.Spec, p.Library...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	k := &check{Checker: c.named(p.Name), pattern: p, spec: s, breaker: b}
	k.report.Report = Report{Pattern: p.Name, Verdict: Accepted, Rules: []*Rule{}}
	k.Model = ModelReport{Properties: []string{}, Liveness: []string{}, Refines: []string{}}
	parts := []func(context.Context) error{k.traces, k.explore, k.rules, k.model, k.limits}
	if err := sideBySide(ctx, parts...); err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	slices.Sort(k.Problems)
	k.Seconds = time.Since(begun).Round(time.Millisecond).Seconds()
	return &k.report.Report, nil
}

// patternsAtOnce is how many patterns are checked at the same time. What one
// does in a line, such as to record, to replay and then to lie, leaves processors
// idle that another can use. How many TLC processes run is not affected.
const patternsAtOnce = 2

// CheckAll checks several patterns, some at the same time, and returns their
// reports in the same order. The first error ends all.
func (c *Checker) CheckAll(ctx context.Context, patterns []*Pattern, b *Breaker) ([]*Report, error) {
	reports := make([]*Report, len(patterns))
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
	return reports, sideBySide(ctx, workers...)
}

// sideBySide runs the parts at once and returns the first error, which ends
// the others.
func sideBySide(ctx context.Context, parts ...func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wait sync.WaitGroup
	errs := make([]error, len(parts))
	for i, part := range parts {
		wait.Go(func() {
			if errs[i] = part(ctx); errs[i] != nil {
				cancel(errs[i])
			}
		})
	}
	wait.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return errors.Join(errs...)
}

// model checks the spec's ordinary model.
func (k *check) model(ctx context.Context) error {
	result, config, err := k.CheckModel(ctx, k.spec, "")
	if err != nil {
		return err
	}
	m := &k.Model
	m.States, m.Distinct, m.Depth = result.States, result.Distinct, result.Depth
	for _, property := range append(slices.Clone(config.Invariants), config.Properties...) {
		if what, ok := strings.CutPrefix(property, "Refines"); ok {
			k.Model.Refines = append(k.Model.Refines, what)
		} else if k.spec.isLiveness(property) {
			k.Model.Liveness = append(k.Model.Liveness, property)
		} else {
			k.Model.Properties = append(k.Model.Properties, property)
		}
	}
	outcome, message := Expected(result, config.Expect)
	if outcome == Accepted {
		return nil
	}
	if len(result.Trace) > 0 && outcome == Rejected {
		told, err := k.Retell(ctx, k.spec, "", result.Violated, result.Trace, result.Loop)
		if err != nil {
			return err
		}
		message += ": " + told.Why.Summary
	}
	k.problem(outcome, "model: %s", message)
	return nil
}

// CheckModel runs TLC on one of the spec's models; see Spec.Model for its name.
func (c *Checker) CheckModel(ctx context.Context, s *Spec, name string) (*tlc.Result, *tlc.Config, error) {
	job, config, err := s.Model(name)
	if err != nil {
		return nil, nil, err
	}
	job.Progress = func(p tlc.Progress) { c.progress("model: states found", p.Distinct, p.Distinct+p.Queue) }
	result, err := c.run(ctx, job)
	if err != nil {
		return nil, nil, err
	}
	switch result.Outcome {
	case tlc.Cancelled:
		return nil, nil, context.Cause(ctx)
	case tlc.SpecError:
		return nil, nil, fmt.Errorf("%w: %s: %s", ErrInput, job.Config, result.Message)
	}
	return result, config, nil
}

// Expected compares what TLC said with what the model's first line announces:
// Accepted if that is what happened, Rejected with a sentence if it is not.
func Expected(result *tlc.Result, e *tlc.Expect) (Outcome, string) {
	if e == nil {
		return Rejected, "the model's first line must say what TLC is to find: `\\* expect: ok, N distinct states, depth D`"
	}
	err := e.Check(result)
	if err == nil {
		return Accepted, ""
	}
	switch result.Outcome {
	case tlc.Crashed, tlc.TimedOut, tlc.Cancelled, tlc.OutOfMemory:
		return Unknown, err.Error()
	}
	return Rejected, err.Error()
}

// traces records the code, replays what was recorded, and lies about it.
func (k *check) traces(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "lockstep-traces-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	k.progress("record", 0, len(k.pattern.Scenarios))
	paths, failed := k.pattern.Record(ctx, dir, false)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	traces, unread := readAll(paths)
	if err := errors.Join(failed, unread); err != nil {
		k.problem(Rejected, "recording: %s", err)
	}
	verdicts, err := k.Checker.Replay(ctx, k.spec, traces)
	if err != nil {
		return err
	}
	var accepted []*trace.Trace
	taken := map[string]bool{}
	k.report.Replay.Traces = len(traces)
	for i, v := range verdicts {
		k.report.Replay.Steps += len(traces[i].Events)
		if v.Outcome != Accepted {
			k.problem(v.Outcome, "replay: %s, seed %d: %s", traces[i].Header.Scenario, traces[i].Header.Seed, v)
			continue
		}
		accepted = append(accepted, traces[i])
		for _, e := range traces[i].Events {
			taken[e.Step] = true
		}
	}
	k.report.Replay.Accepted = len(accepted)
	if k.spec.Steps() == nil {
		k.problem(Unknown, "replay: the Steps module does not name its steps literally, so nobody knows which are missing")
	}
	for _, step := range k.spec.Steps() {
		if !taken[step] {
			k.report.Replay.Missing = append(k.report.Replay.Missing, step)
			k.problem(Rejected, "replay: no recorded trace takes the step %s", step)
		}
	}
	if err := k.explainRefused(ctx, traces, verdicts); err != nil {
		return err
	}
	if len(accepted) == 0 {
		k.problem(Unknown, "replay: there is no accepted trace")
		return nil
	}
	k.checkViews(accepted)
	return sideBySide(ctx,
		func(ctx context.Context) error { return k.tellLies(ctx, accepted) },
		func(ctx context.Context) error { return k.cover(ctx, accepted) })
}

// cover finds out what of the spec the traces have exercised.
func (k *check) cover(ctx context.Context, accepted []*trace.Trace) error {
	coverage, err := k.Checker.Cover(ctx, k.spec, accepted)
	if err != nil {
		return err
	}
	k.report.Replay.Coverage = coverage
	return nil
}

func (k *check) tellLies(ctx context.Context, accepted []*trace.Trace) error {
	lies, err := k.Checker.Lies(ctx, k.spec, k.pattern.repeatable(accepted), k.pattern.Excuses)
	if err != nil {
		return err
	}
	k.report.Lies = LiesReport{Told: lies.Told, Refused: lies.Refused, Excused: lies.Excused}
	for _, missed := range lies.Missed {
		k.problem(Rejected, "lies: accepted was: %s", missed)
	}
	for _, unknown := range lies.Unknown {
		k.problem(Unknown, "lies: no verdict on: %s", unknown)
	}
	return nil
}

func (k *check) explore(ctx context.Context) error {
	if k.pattern.System == nil {
		k.problem(Unknown, "explore: the pattern gives no System")
		return nil
	}
	x, err := k.Checker.Explore(ctx, k.spec, k.pattern.System)
	if err != nil {
		return err
	}
	k.report.Explore = ExploreReport{Transitions: x.Transitions, Driven: x.Driven, Refusals: x.Refusals}
	if x.Outcome == Unknown {
		k.problem(Unknown, "explore: %s", x.Message)
	}
	for _, step := range x.Missing {
		k.problem(Rejected, "explore: the bounded model never takes the step %s", step)
	}
	// One fault shows in many states. The first of each kind has the shortest
	// way, and stands for the others.
	kinds := map[string]int{}
	for _, d := range x.Differences {
		kinds[d.kind()]++
	}
	if err := k.ExplainDifferences(ctx, k.spec, x.Differences); err != nil {
		return err
	}
	for _, d := range x.Differences {
		said := d.String()
		if d.Explanation != nil {
			k.report.Explore.Differences = append(k.report.Explore.Differences, d)
			said += ", because: " + d.Explanation.Summary
		}
		switch n := kinds[d.kind()]; {
		case n == 1:
			k.problem(Rejected, "explore: %s", said)
		case n > 1:
			k.problem(Rejected, "explore: %s (one of %d such)", said, n)
		}
		kinds[d.kind()] = 0
	}
	if x.Outcome == Rejected && len(x.Differences) == 0 && x.Driven < x.Transitions {
		k.problem(Rejected, "explore: %d of %d transitions cannot be reached by the code", x.Transitions-x.Driven, x.Transitions)
	}
	return nil
}

// rules breaks every rule, in the spec and in the code.
func (k *check) rules(ctx context.Context) error {
	all, err := k.spec.rules(k.pattern.Code())
	if err != nil {
		return err
	}
	k.Rules = all
	if len(all) == 0 {
		k.problem(Unknown, "rules: there is none")
		return nil
	}
	if err := k.breakAll(ctx, k.spec, k.pattern.Code(), k.breaker, all); err != nil {
		return err
	}
	for _, r := range all {
		if r.Spec == CaughtRight && r.Code == CaughtRight {
			continue
		}
		outcome := Rejected
		if r.Spec == CaughtUnsure || r.Code == CaughtUnsure {
			outcome = Unknown
		}
		k.problem(outcome, "rule %s: %s in the spec, %s in the code: %s", r.Name, r.Spec, r.Code, r.Message)
	}
	return k.explainRules(ctx)
}

// rules lists every rule that can be broken on either side, sorted by name.
func (s *Spec) rules(p Code) ([]*Rule, error) {
	names, err := s.BrokenRules()
	if err != nil {
		return nil, err
	}
	inCode, err := brokenRules(p)
	if err != nil {
		return nil, err
	}
	for _, r := range inCode {
		if !slices.Contains(names, r.name) {
			names = append(names, r.name)
		}
	}
	slices.Sort(names)
	rules := make([]*Rule, len(names))
	for i, name := range names {
		rules[i] = &Rule{Name: name}
	}
	return rules, nil
}
