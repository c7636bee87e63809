// Package rules breaks one rule at a time, in the spec and in the code, and
// says whether the checks detect it for the expected reason.
package rules

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/lockstep-tla/lockstep/conformance/internal/process"
	"github.com/lockstep-tla/lockstep/conformance/internal/replay"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// Rules lists the rules that can be broken in the spec or in the code, sorted
// by name.
func Rules(s *spec.Spec, p Code) ([]*report.Rule, error) {
	names, err := s.BrokenRules()
	if err != nil {
		return nil, err
	}
	inCode, err := BrokenRules(p)
	if err != nil {
		return nil, err
	}
	for _, r := range inCode {
		if !slices.Contains(names, r.Name) {
			names = append(names, r.Name)
		}
	}
	slices.Sort(names)
	rules := make([]*report.Rule, len(names))
	for i, name := range names {
		rules[i] = &report.Rule{Name: name}
	}
	return rules, nil
}

// Breaker builds the program with the broken rules of patterns, once. It is
// safe for concurrent use, except Close, which must be the last call. It does
// not repeat a build that was cancelled.
type Breaker struct {
	// Main is the import path of the program. Its main function, or its
	// TestMain, calls Reexec with these patterns.
	Main string
	Code []Code

	once    sync.Once
	dir     string
	program string
	err     error
}

func (b *Breaker) build(ctx context.Context) (string, error) {
	b.once.Do(func() {
		if b.dir, b.err = os.MkdirTemp("", "lockstep-broken-"); b.err == nil {
			b.program, b.err = buildBroken(ctx, b.dir, b.Main, b.Code)
		}
	})
	return b.program, b.err
}

// Close removes the program.
func (b *Breaker) Close() error {
	if b.dir == "" {
		return nil
	}
	return os.RemoveAll(b.dir)
}

// BreakSpec runs TLC on the spec without one of its rules, and compares the
// result with the expectation in the model's first line. It finds the same
// counterexample each time.
func BreakSpec(ctx context.Context, c *run.Runner, s *spec.Spec, rule string, into *report.Rule) error {
	into.Spec = report.DetectionUnknown
	job, config, err := s.Model(rule)
	if errors.Is(err, fs.ErrNotExist) {
		into.Spec = report.Undetected
		into.Note("the spec cannot leave it out: there is no broken/%s.cfg", rule)
		return nil
	} else if err != nil {
		return err
	}
	if config.Expect == nil || config.Expect.Violates == "" {
		return fmt.Errorf("%w: broken/%s.cfg: its first line must say what is violated: `\\* expect: violates PROPERTY`", spec.ErrInput, rule)
	}
	if both, err := breakBoth(ctx, c, s, job, config, into); both || err != nil {
		return err
	}
	result, err := breakOnce(ctx, c, s, job, config.Expect)
	if err != nil {
		return err
	}
	into.Violates, into.Counterexample, into.Loop = result.Violated, result.Trace, result.Loop
	judgeSpec(into, result, config.Expect.Violates)
	if config.Expect.Consequence == "" || into.Spec != report.Detected {
		return specError(rule, result)
	}
	if config.Expect.Consequence == config.Expect.Violates { // the harm is done at once
		into.Consequence = result.Violated
		return nil
	}
	later := config.OfConsequence()
	job.Files[job.Config] = []byte(later.String())
	if result, err = breakOnce(ctx, c, s, job, later.Expect); err != nil {
		return err
	}
	judgeSpec(into, result, later.Expect.Violates)
	if into.Spec == report.Undetected {
		into.Note("broken/%s.cfg:2: %s falls, and the consequence %s does not follow", rule, config.Expect.Violates, config.Expect.Consequence)
	}
	if into.Spec == report.Detected {
		into.Consequence, into.Counterexample, into.Loop = result.Violated, result.Trace, result.Loop
	}
	return specError(rule, result)
}

// breakBoth looks for the consequence of a broken rule, and watches on the way whether the
// invariant falls that is to fall first. So one run of TLC does for two. It says whether
// both fall; if they do not, into is as it was.
func breakBoth(ctx context.Context, c *run.Runner, s *spec.Spec, job tlc.Job, config *tlc.Config, into *report.Rule) (bool, error) {
	e := config.Expect
	if e.Consequence == "" || e.Consequence == e.Violates || len(config.Properties) > 0 || !slices.Equal(config.Invariants, []string{e.Violates}) {
		return false, nil
	}
	later := config.OfConsequence()
	job.Files = maps.Clone(job.Files)
	job.Files[job.Config] = []byte(later.String())
	job.Reaches = []tlc.Goal{{Name: "~" + e.Violates}}
	result, err := breakOnce(ctx, c, s, job, later.Expect)
	if err != nil || result.Violated != e.Consequence || len(result.Missed) > 0 {
		return false, err
	}
	into.Spec, into.Violates, into.Consequence = report.Detected, e.Violates, e.Consequence
	into.Counterexample, into.Loop = result.Trace, result.Loop
	return true, nil
}

func breakOnce(ctx context.Context, c *run.Runner, s *spec.Spec, job tlc.Job, expect *tlc.Expect) (*tlc.Result, error) {
	job.Short, job.Args = run.IsShort(expect), run.SameEachTime
	return c.Run(ctx, job)
}

// judgeSpec says what TLC's result means for a rule without which the property must
// fall.
func judgeSpec(into *report.Rule, result *tlc.Result, property string) {
	switch result.Outcome {
	case tlc.OK:
		into.Spec = report.Undetected
		into.Note("without it the spec still has %s", property)
	case tlc.InvariantViolated, tlc.PropertyViolated, tlc.Deadlock:
		into.Spec = report.Detected
		if result.Violated != property {
			into.Spec = report.WrongReason
			into.Note("without it TLC reports %s, expected was %s", result, property)
		}
	default:
		into.Spec = report.DetectionUnknown
		into.Note("%s: %s", result.Outcome, result.Message)
	}
}

// specError is the error of a model that TLC cannot read.
func specError(rule string, result *tlc.Result) error {
	if result.Outcome != tlc.SpecError {
		return nil
	}
	return fmt.Errorf("%w: broken/%s.cfg: %s", spec.ErrInput, rule, result.Message)
}

// Break breaks one rule of a pattern, or each in turn if rule is "".
func Break(ctx context.Context, c *run.Runner, s *spec.Spec, p Code, b *Breaker, rule string) ([]*report.Rule, error) {
	rules, err := Rules(s, p)
	if err != nil {
		return nil, err
	}
	if rule != "" {
		var names []string
		for _, r := range rules {
			names = append(names, r.Name)
		}
		rules = slices.DeleteFunc(rules, func(r *report.Rule) bool { return r.Name != rule })
		if len(rules) == 0 {
			return nil, fmt.Errorf("%w: %s has no rule %q; it has %s", spec.ErrInput, p.Name, rule, strings.Join(names, ", "))
		}
	}
	return rules, BreakAll(ctx, c, s, p, b, rules)
}

// BreakAll breaks each rule in the spec and in the code.
func BreakAll(ctx context.Context, c *run.Runner, s *spec.Spec, p Code, b *Breaker, rules []*report.Rule) error {
	parts := []func(context.Context) error{func(ctx context.Context) error { return BreakCode(ctx, c, s, p, b, rules) }}
	inSpec := make([]report.Rule, len(rules)) // BreakCode writes the rules at the same time
	for i, r := range rules {
		parts = append(parts, func(ctx context.Context) error { return BreakSpec(ctx, c, s, r.Name, &inSpec[i]) })
	}
	if err := run.Together(ctx, parts...); err != nil {
		return err
	}
	for i, r := range rules {
		r.Spec, r.Violates, r.Consequence = inSpec[i].Spec, inSpec[i].Violates, inSpec[i].Consequence
		r.Counterexample, r.Loop = inSpec[i].Counterexample, inSpec[i].Loop
		if inSpec[i].Message != "" {
			r.Note("%s", inSpec[i].Message)
		}
	}
	return nil
}

// BreakCode records the scenarios of a pattern once for each of the rules, with
// that rule broken in the code, and replays the traces. It sets Code and the
// fields that belong to it in each rule.
func BreakCode(ctx context.Context, c *run.Runner, s *spec.Spec, p Code, b *Breaker, rules []*report.Rule) error {
	known, err := BrokenRules(p)
	if err != nil {
		return err
	}
	program, err := b.build(ctx)
	if errors.Is(err, ErrNoSources) {
		for _, r := range rules {
			r.Code = report.DetectionUnknown
			r.Note("the code was not broken: %s", err)
		}
		return nil
	}
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "lockstep-rules-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	recorded, err := recordAll(ctx, c, program, p, rules, known, dir)
	if err != nil {
		return err
	}
	all := slices.Concat(recorded...)
	verdicts, err := replay.WithOptions(ctx, c, s, all, replay.Options{ExpectRefusals: true})
	if err != nil {
		return err
	}
	for i, r := range rules {
		n := len(recorded[i])
		if at := slices.IndexFunc(known, func(k *brokenRule) bool { return k.Name == r.Name }); at >= 0 {
			judgeCode(r, known[at], all[:n], verdicts[:n])
			if r.Code == report.Undetected && known[at].explored() {
				if err := exploreBroken(ctx, c, program, p, known[at], r); err != nil {
					return err
				}
			}
		}
		all, verdicts = all[n:], verdicts[n:]
	}
	return nil
}

// recordings is the number of processes with a broken rule that record at the
// same time. They mostly wait, some of them for a time-out.
const recordings = 8

// recordAll records the scenarios with each of the rules broken, and returns
// the traces by rule.
func recordAll(ctx context.Context, c *run.Runner, program string, p Code, rules []*report.Rule, known []*brokenRule, dir string) ([][]*trace.Trace, error) {
	recorded := make([][]*trace.Trace, len(rules))
	turns := make(chan struct{}, recordings)
	var parts []func(context.Context) error
	var done atomic.Int64
	for i, r := range rules {
		r.Code = report.DetectionUnknown
		at := slices.IndexFunc(known, func(k *brokenRule) bool { return k.Name == r.Name })
		if at < 0 {
			r.Code = report.Undetected
			r.Note("the code cannot leave it out: there is no broken/%s.go", r.Name)
			continue
		}
		r.Says = known[at].Says
		parts = append(parts, func(ctx context.Context) error {
			turns <- struct{}{}
			defer func() { <-turns }()
			var err error
			recorded[i], err = recordBroken(ctx, program, p, r.Name, filepath.Join(dir, r.Name))
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if err != nil {
				r.Note("its runs: %s", err)
			}
			c.Advance("rules broken in the code", int(done.Add(1)), len(rules))
			return nil
		})
	}
	return recorded, run.Together(ctx, parts...)
}

// exploreBroken drives code with a broken rule along the bounded model. It is
// for a rule without which the code refuses steps that the spec allows, because
// no trace shows that.
func exploreBroken(ctx context.Context, c *run.Runner, program string, p Code, known *brokenRule, r *report.Rule) error {
	slots := c.Turns()
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	with, err := json.Marshal(run.Settings{TLC: c.TLC, MemoryMB: c.MemoryMB, Timeout: c.Timeout})
	if err != nil {
		return err
	}
	out, err := runBroken(process.RoleCommand(ctx, program, "explore", p.Name, string(with)), p, r.Name, filepath.Dir(program))
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var x report.Exploration
	if err == nil {
		err = json.Unmarshal(out, &x)
	}
	if err == nil && x.Outcome == report.Unknown {
		err = errors.New(x.Message)
	}
	if err != nil {
		r.Code = report.DetectionUnknown
		r.Note("its exploration: %s", err)
		return nil
	}
	r.Message = ""
	for i, d := range x.Differences {
		if !slices.Contains(known.expect, expectation{explored: true, step: d.Name, reason: d.Reason}) {
			r.Code = report.WrongReason
			r.Note("expected was %s; explored: %s", expectations(known.expect), d)
			return nil
		}
		if r.Code, r.Step = report.Detected, d.Name; r.Difference == nil {
			r.Difference = &x.Differences[i]
		}
	}
	if r.Code == report.Undetected {
		r.Note("neither replay nor explore notices")
	}
	return nil
}

// recordBroken runs all scenarios in a process with the rule broken. A run may
// fail there; the steps that it recorded before count.
func recordBroken(ctx context.Context, program string, p Code, rule, dir string) ([]*trace.Trace, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	_, failed := runBroken(process.RoleCommand(ctx, program, "record", p.Name, dir), p, rule, filepath.Dir(program))
	paths, err := filepath.Glob(filepath.Join(dir, "*.ndjson"))
	if err != nil {
		return nil, err
	}
	slices.Sort(paths)
	traces, unread := replay.ReadAll(paths)
	return traces, errors.Join(failed, unread)
}

// runBroken runs a process with a broken rule and all its children to the end,
// and returns its output. Files that it leaves in the temporary folder are
// removed by Breaker.Close.
func runBroken(cmd *exec.Cmd, p Code, rule, temp string) ([]byte, error) {
	cmd.Env = append(cmd.Env, process.BrokenEnv+"="+p.Name+"/"+rule, "TMPDIR="+temp)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := process.RunWhole(cmd); err != nil {
		return nil, fmt.Errorf("%w: %s", err, firstLine(said.String()))
	}
	return out.Bytes(), nil
}

// judgeCode compares the verdicts on the traces of broken code with the
// expectations.
func judgeCode(r *report.Rule, known *brokenRule, traces []*trace.Trace, verdicts []report.Verdict) {
	r.Code = report.Undetected
	for i, v := range verdicts {
		switch {
		case v.Outcome == report.Unknown:
			r.Code = report.DetectionUnknown
			r.Note("%s: %s", traces[i].Header.Scenario, v)
			return
		case v.Outcome == report.Accepted:
			continue
		}
		if v.Event != nil && slices.Contains(known.expect, expectation{step: v.Event.Step, reason: v.Reason}) {
			if r.Code == report.Undetected || v.Step < r.Verdict.Step {
				r.Code, r.Step, r.Refused, r.Verdict = report.Detected, v.Event.Step, traces[i], v
			}
			continue
		}
		r.Code, r.Refused, r.Verdict = report.WrongReason, traces[i], v
		r.Note("expected was %s; %s, seed %d: %s", expectations(known.expect), traces[i].Header.Scenario, traces[i].Header.Seed, v)
		return
	}
	switch {
	case len(verdicts) == 0:
		r.Note("the code without it has recorded no whole trace")
	case r.Code == report.Undetected:
		r.Note("all %d traces of the code without it were accepted", len(verdicts))
	}
}

func expectations(list []expectation) string {
	var parts []string
	for _, e := range list {
		parts = append(parts, e.String())
	}
	return strings.Join(parts, " or ")
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

// Code is code with rules that can be broken.
type Code struct {
	Name    string // of the pattern
	Package string // its import path
	// Broken holds RULE.go, or broken/RULE.go, for each rule: the functions that
	// carry the rule, with the body that leaves it out. It may be nil.
	Broken fs.FS
}
