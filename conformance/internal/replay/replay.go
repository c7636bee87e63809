// Package replay checks that recorded traces are behaviours of a spec.
package replay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync/atomic"

	"github.com/lockstep-tla/lockstep/conformance/internal/analysis"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/trace"
)

// Replay holds traces against a spec and returns a verdict for each, in the
// same order. All traces go through one run of TLC, unless their headers give
// different constants. An error means that the check could not be made; if it
// wraps ErrInput, the spec is at fault.
func Replay(ctx context.Context, c *run.Runner, s *spec.Spec, traces []*trace.Trace) ([]report.Verdict, error) {
	return WithOptions(ctx, c, s, traces, Options{})
}

// Options select which results of a replay are needed.
type Options struct {
	// VerdictOnly omits the step and the reason of rejected traces.
	VerdictOnly bool
	// ExpectRefusals says that most traces are probably rejected. The first run
	// then finds the rejected steps too, and a second run is not needed.
	ExpectRefusals bool
	// Observer, if set, takes the additional messages of an instrumented spec.
	// Several goroutines may call it at once.
	Observer observer
	// Original is the spec that was instrumented. It is audited in place of the
	// copy, whose places are others. It is nil if there is no copy.
	Original *spec.Spec
	// Looks says, for each trace, after how many of its steps the states of the spec
	// are wanted; nil if they are not.
	Looks [][]int
}

// WithOptions is Replay, and finds out more or less beside the verdicts.
func WithOptions(ctx context.Context, c *run.Runner, s *spec.Spec, traces []*trace.Trace, asked Options) ([]report.Verdict, error) {
	r, err := judged(ctx, c, s, traces, asked)
	if r == nil {
		return nil, err
	}
	return r.verdicts, err
}

// judged is a replay with a verdict on each of its traces.
func judged(ctx context.Context, c *run.Runner, s *spec.Spec, traces []*trace.Trace, asked Options) (*replay, error) {
	verdicts := make([]report.Verdict, len(traces))
	r := &replay{Runner: c, spec: s, Options: asked, traces: slices.Clone(traces), verdicts: verdicts, cut: make([]*Unwritable, len(traces))}
	sequences, err := analysis.SequencesOf(ctx, r.audited(), c)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		sequences = nil // TLC says what is wrong with the spec
	}
	groups, validate := map[string][]int{}, s.Validator()
	for i, t := range traces {
		if err := validate(t); err != nil {
			verdicts[i] = report.Verdict{Outcome: report.Rejected, Reason: report.Malformed, Message: err.Error()}
			continue
		}
		constants, err := spec.ConstantsOf(t)
		if err != nil {
			return nil, err // validate has looked
		}
		if r.cutAtString(i, sequences) {
			continue
		}
		key := fmt.Sprint(constants) // as the cfg has them: 3 and "3" are different
		groups[key] = append(groups[key], i)
	}
	if r.Looks != nil {
		r.states = make([]States, len(traces))
	}
	var parts []func(context.Context) error
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		for _, some := range r.split(groups[key]) {
			parts = append(parts, func(ctx context.Context) error { return r.judge(ctx, some) })
		}
	}
	var audited error
	err = run.Together(ctx, append(parts, func(ctx context.Context) error {
		if audited = analysis.Audit(ctx, r.audited(), c); errors.Is(audited, spec.ErrInput) {
			return audited
		}
		return nil
	})...)
	if err == nil {
		err = audited
	}
	return r, err
}

// audited is the spec whose text the user has written.
func (r *replay) audited() *spec.Spec { return cmp.Or(r.Original, r.spec) }

// observer takes messages that Replay does not know, and says whether a message
// was for it.
type observer interface {
	Collect(message []trace.Value) bool
}

// worthARun is the number of steps that justify another TLC process.
const worthARun = 20_000

// split distributes traces over as many TLC processes as may run at once, if
// there are enough steps.
func (r *replay) split(traces []int) [][]int {
	total, last := 0, 0
	cost := make([]int, len(traces))
	for at, i := range traces {
		// Neighbours share a prefix, in the same memory, if one was made from the
		// other.
		cost[at] = len(r.traces[i].Events)
		if at > 0 {
			cost[at] -= common(r.traces[traces[at-1]].Events, r.traces[i].Events)
		}
		total += cost[at]
	}
	runs := min(max(r.Parallel, 1), total/worthARun+1)
	var parts [][]int
	for at, i := range traces {
		if len(parts) < runs && last >= len(parts)*total/runs {
			parts = append(parts, nil)
		}
		parts[len(parts)-1] = append(parts[len(parts)-1], i)
		last += cost[at]
	}
	return parts
}

// common returns how many first events of two traces share their memory.
func common(one, other []trace.Event) int {
	n := 0
	for n < min(len(one), len(other)) && sameMap(one[n].State, other[n].State) && sameMap(one[n].Args, other[n].Args) {
		n++
	}
	return n
}

func sameMap(a, b map[string]trace.Value) bool {
	return reflect.ValueOf(a).UnsafePointer() == reflect.ValueOf(b).UnsafePointer()
}

// replay replays the traces of one call that have equal constants.
type replay struct {
	*run.Runner
	Options
	spec     *spec.Spec
	traces   []*trace.Trace
	verdicts []report.Verdict // each is written by one goroutine
	states   []States         // likewise; nil if they are not wanted
	cut      []*Unwritable    // where a trace was cut, because of a value that TLA+ does not have
	accepted atomic.Int64
}

// accept sets the verdict of a trace that was accepted up to its end, or up to
// a value that TLA+ does not have.
func (r *replay) accept(i int) {
	r.verdicts[i] = report.Verdict{Outcome: report.Accepted}
	if cut := r.cut[i]; cut != nil {
		r.verdicts[i] = report.Verdict{
			Outcome: report.Rejected, Step: cut.Step + 1, Event: cut.event, Reason: cut.Reason, Message: cut.Error(),
		}
	}
}

// maxEvalErrors is the number of traces with an evaluation error after which
// all others use the comparison of any kinds. Each costs a run.
const maxEvalErrors = 10

// judge sets the verdict of each of the traces with the given numbers.
//
// A step that TLC cannot evaluate ends the run for all traces. Usually a value
// is compared with one of another kind. Such traces run again with a comparison
// of any kinds. That takes longer and cannot look into very large sets, so the
// other traces do not use it.
func (r *replay) judge(ctx context.Context, pending []int) error {
	var apart, rest, again []int
	err := r.decide(ctx, pending, passOptions{byPlace: true, furthest: r.ExpectRefusals}, func(i int, result *passResult, others []int) []int {
		r.evalErrorVerdict(i, result) // a second run may replace it
		apart = append(apart, i)
		if len(apart) < maxEvalErrors {
			return others
		}
		rest = append(rest, others...)
		return nil
	})
	if err != nil || len(apart) == 0 {
		return err
	}
	err = r.decide(ctx, append(slices.Clone(apart), rest...), passOptions{byPlace: true, furthest: r.ExpectRefusals, anyKind: true}, func(i int, result *passResult, others []int) []int {
		if slices.Contains(rest, i) {
			again = append(again, i)
		} else {
			r.evalErrorVerdict(i, result) // values of different kinds are not the reason
		}
		return others
	})
	for _, i := range again {
		if err != nil {
			return err
		}
		err = r.decide(ctx, []int{i}, passOptions{byPlace: true, furthest: r.ExpectRefusals}, func(i int, result *passResult, _ []int) []int {
			r.evalErrorVerdict(i, result)
			return nil
		})
	}
	return err
}

// decide sets the verdict of each of the traces, except those with an
// evaluation error. It passes these to onEvalError, which returns the others
// that are still to be decided.
func (r *replay) decide(ctx context.Context, pending []int, how passOptions, onEvalError func(i int, result *passResult, others []int) []int) error {
	for len(pending) > 0 {
		result, err := r.pass(ctx, pending, how)
		var bad *Unwritable
		switch {
		case errors.As(err, &bad):
			pending = r.cutOff(pending, bad)
			continue
		case err != nil:
			return err
		case result.evalError && result.failedTrace < 0 && result.beyond && len(pending) > 1:
			half := len(pending) / 2 // the other traces shall not suffer from one
			if err := r.decide(ctx, slices.Clone(pending[:half]), how, onEvalError); err != nil {
				return err
			}
			pending = pending[half:]
			continue
		case result.evalError && result.failedTrace < 0 && !how.furthest:
			how.furthest = true // to find the trace
			continue
		case result.failedTrace >= 0:
			i := pending[result.failedTrace]
			pending = onEvalError(i, result, slices.Delete(pending, result.failedTrace, result.failedTrace+1))
			how.furthest = r.ExpectRefusals
			continue
		case result.evalError: // before the first step
			result.malformed = result.message
		}
		switch {
		case result.malformed != "" && len(r.traces[pending[0]].Header.Constants) == 0:
			return fmt.Errorf("%w: %s", spec.ErrInput, result.malformed)
		case result.malformed != "":
			for _, i := range pending {
				r.verdicts[i] = malformed(r.traces[i], "with the constants in its header: "+result.malformed)
			}
			return nil
		case result.unknown != "":
			r.giveUp(pending, result.unknown)
			return nil
		}
		if how.furthest || r.VerdictOnly {
			if pending = r.settle(pending, result); len(pending) == 0 {
				return nil
			}
			how.byPlace = false
			continue
		}
		var left []int
		for at, i := range pending {
			if result.accepted[at] {
				r.accept(i)
			} else {
				left = append(left, i)
			}
		}
		how.byPlace, how.furthest = result.exact, true
		return r.follow(ctx, left, how)
	}
	return nil
}

// cutOff truncates a trace before a value that TLA+ does not have. If no step
// remains, the trace has its verdict and is no longer pending.
func (r *replay) cutOff(pending []int, bad *Unwritable) []int {
	i := pending[bad.trace]
	r.cut[i] = bad
	whole := *r.traces[i]
	whole.Events = whole.Events[:bad.Step]
	r.traces[i] = &whole
	if bad.Step > 0 {
		return pending
	}
	r.accept(i)
	return slices.Delete(pending, bad.trace, bad.trace+1)
}

// cutAtString truncates a trace before a string that TLC would take for a
// sequence. It returns true if no step remains: then the trace has its verdict.
func (r *replay) cutAtString(i int, sequences analysis.Sequences) bool {
	if sequences == nil {
		return false
	}
	for n := range r.traces[i].Events {
		e := &r.traces[i].Events[n]
		if fault := sequences.Check(e); fault != "" {
			return len(r.cutOff([]int{i}, &Unwritable{place: place{0, n}, event: e, Reason: report.Guard, err: errors.New(fault)})) == 0
		}
	}
	return false
}

// follow runs the traces that were not accepted once more, to find their
// rejected steps. If the first run was not exact, this one is.
func (r *replay) follow(ctx context.Context, left []int, how passOptions) error {
	for len(left) > 0 {
		result, err := r.pass(ctx, left, how)
		if err != nil {
			return err
		}
		if result.failedTrace >= 0 {
			r.evalErrorVerdict(left[result.failedTrace], result)
			left = slices.Delete(left, result.failedTrace, result.failedTrace+1)
			continue
		}
		if result.unknown != "" {
			r.giveUp(left, result.unknown)
			return nil
		}
		r.settle(left, result) // all: there was no VIEW, or none was needed
		return nil
	}
	return nil
}

// settle sets the verdicts of the traces from the result of a run. It returns those
// that must run again, because states were taken as the same on their way: they may
// be accepted all the same, or states that are wanted may be missing.
func (r *replay) settle(traces []int, result *passResult) []int {
	var again []int
	for at, i := range traces {
		if result.merged[at] && (!result.accepted[at] || r.Looks != nil) {
			again = append(again, i)
			continue
		}
		if r.Looks != nil {
			r.states[i] = result.states[at]
		}
		switch {
		case result.accepted[at]:
			r.accept(i)
		case r.VerdictOnly:
			r.verdicts[i] = report.Verdict{Outcome: report.Rejected}
		default:
			r.verdicts[i] = result.verdict(at, r.traces[i], r.spec.Config.Invariants)
			if v := &r.verdicts[i]; v.Reason == report.Guard && v.Message == "" {
				v.Message = r.spec.ModelValues(&r.traces[i].Header)
			}
		}
	}
	return again
}

func malformed(t *trace.Trace, message string) report.Verdict {
	err := fmt.Errorf("%w: %s:1: %s", spec.ErrInput, t.Name, message)
	return report.Verdict{Outcome: report.Rejected, Reason: report.Malformed, Message: err.Error()}
}

func (r *replay) giveUp(traces []int, why string) {
	for _, i := range traces {
		r.verdicts[i] = report.Verdict{Outcome: report.Unknown, Message: why}
	}
}

func (r *replay) evalErrorVerdict(i int, result *passResult) {
	step := min(result.taken+1, len(r.traces[i].Events))
	r.verdicts[i] = report.Verdict{
		Outcome: report.Rejected, Step: step, Event: &r.traces[i].Events[step-1], Reason: report.Error, Message: result.message,
	}
	if result.beyond {
		r.verdicts[i].Outcome = report.Unknown
	}
}
