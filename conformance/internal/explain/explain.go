// Package explain says why a trace is rejected or an invariant is broken: which
// part of the spec is false, where its values come from, and which repair of
// the trace would be accepted.
package explain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/analysis"
	"github.com/lockstep-tla/lockstep/conformance/internal/replay"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// refusal is a rejected trace with its explanation in progress.
type refusal struct {
	trace     *trace.Trace // up to the refused step
	verdict   report.Verdict
	into      *report.Explanation
	collected *collector
	plain     bool // without the parts of the action
}

// explainer explains traces with equal constants.
type explainer struct {
	*run.Runner
	spec     *spec.Spec
	analysis *analysis.Analysis // nil if the spec cannot be read
	wanted
}

// Explain says why a trace was rejected. The verdict must be the one that
// Replay gave for it. Facts that it cannot find out are listed in Notes; an
// error means that it could not ask TLC at all. It runs Java twice.
func Explain(ctx context.Context, c *run.Runner, s *spec.Spec, t *trace.Trace, v report.Verdict) (*report.Explanation, error) {
	if v.Outcome != report.Rejected {
		return nil, fmt.Errorf("%w: there is nothing to explain: %s", spec.ErrInput, v)
	}
	all, err := ExplainAll(ctx, c, s, []*trace.Trace{t}, []report.Verdict{v})
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// ExplainAll explains all rejected traces, with as few runs of Java as for one.
// The result is nil for the other traces.
func ExplainAll(ctx context.Context, c *run.Runner, s *spec.Spec, traces []*trace.Trace, verdicts []report.Verdict) ([]*report.Explanation, error) {
	return explainAll(ctx, c, s, traces, verdicts, wanted{lists: true})
}

// wanted selects the contents of an explanation besides the reason.
type wanted struct {
	lists bool // the possible steps
	truth bool // the reasons for true parts too
	brief bool // without the state
}

func explainAll(ctx context.Context, c *run.Runner, s *spec.Spec, traces []*trace.Trace, verdicts []report.Verdict, want wanted) ([]*report.Explanation, error) {
	all := make([]*report.Explanation, len(traces))
	groups := map[string][]*refusal{}
	rules, err := s.BrokenRules()
	if err != nil {
		return nil, err
	}
	for i, v := range verdicts {
		if v.Outcome != report.Rejected {
			continue
		}
		x := &report.Explanation{Trace: traces[i].Name, Step: v.Step, Event: v.Event, Reason: v.Reason, Summary: v.String(), Breakable: rules}
		all[i] = x
		if r := newRefusal(traces[i], v, x); r != nil {
			key := fmt.Sprint(traces[i].Header.Constants)
			groups[key] = append(groups[key], r)
		}
	}
	e := &explainer{Runner: c, spec: s, wanted: want}
	var unread error
	if len(groups) > 0 {
		if e.analysis, unread = analysis.Of(ctx, s, c); ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	for _, key := range tla.SortedKeys(groups) {
		for _, r := range groups[key] {
			if r.plain = e.analysis == nil; r.plain && unread != nil {
				r.into.Note("the parts of the action cannot be told apart: %s", unread)
			}
		}
		if err := e.explain(ctx, groups[key]); err != nil {
			return nil, err
		}
		for _, r := range groups[key] {
			conclude(r.into, r.verdict)
			sentIn(r.into, r.trace.Events[:r.verdict.Step-1])
			e.trace(r)
		}
	}
	return all, nil
}

// newRefusal returns nil if there is no step to explain.
func newRefusal(t *trace.Trace, v report.Verdict, x *report.Explanation) *refusal {
	if v.Reason == report.Malformed || v.Step < 1 || v.Step > len(t.Events) {
		return nil
	}
	x.Accepted = v.Step - 1
	whole := *t
	whole.Events = whole.Events[:v.Step]
	if bad := (*replay.Unwritable)(nil); errors.As(second(replay.Record([]*trace.Trace{&whole})), &bad) {
		x.Note("the step has a value that TLA+ does not have: %s", bad)
		if bad.Reason != report.Guard || bad.Step != v.Step-1 {
			return nil
		}
		whole.Events = spelled(whole.Events)
		if second(replay.Record([]*trace.Trace{&whole})) != nil {
			return nil
		}
		x.Event = &whole.Events[bad.Step]
	}
	x.Fields = fieldDifferences(v)
	return &refusal{trace: &whole, verdict: v, into: x}
}

// spelled replaces strings that TLA+ cannot hold, in the arguments of the last
// event, by their escaped form. No string of the spec is equal to either of the
// two, so the spec evaluates to the same.
func spelled(events []trace.Event) []trace.Event {
	var spell func(v trace.Value) trace.Value
	spell = func(v trace.Value) trace.Value {
		switch v := v.(type) {
		case string:
			if _, err := tlc.FormatValue(v); err != nil {
				return strings.Trim(strconv.QuoteToASCII(v), `"`)
			}
		case []trace.Value:
			list := make([]trace.Value, len(v))
			for i := range v {
				list[i] = spell(v[i])
			}
			return list
		case map[string]trace.Value:
			record := map[string]trace.Value{}
			for name, field := range v {
				record[name] = spell(field)
			}
			return record
		}
		return v
	}
	events = slices.Clone(events)
	last := &events[len(events)-1]
	last.Args, _ = spell(last.Args).(map[string]trace.Value)
	return events
}

func second[T any](_ T, err error) error { return err }

// explain asks TLC about all pending refusals. A step that TLC cannot evaluate
// ends the run for all of them; those without complete messages are asked
// again.
func (e *explainer) explain(ctx context.Context, pending []*refusal) error {
	for len(pending) > 0 {
		instance := e.instrument(pending)
		result, collected, err := e.ask(ctx, pending, instance)
		if err != nil {
			return err
		}
		if result.Outcome == tlc.SpecError && instance.instrumenter != nil {
			if len(pending) == 1 {
				pending[0].into.Note("the parts of the action cannot be evaluated: %s", report.FirstParagraph(result.Message))
				pending[0].plain = true
				continue
			}
			for _, r := range pending { // one of them is the cause
				if err := e.explain(ctx, []*refusal{r}); err != nil {
					return err
				}
			}
			return nil
		}
		var again []*refusal
		for _, r := range pending {
			failed := result
			switch {
			case result.Outcome != tlc.OK && r.collected.complete(e.lists) && r.collected != collected.current:
				failed = &tlc.Result{Outcome: tlc.OK}
			case result.Outcome != tlc.OK && collected.current != nil && r.collected != collected.current:
				again = append(again, r)
				continue
			}
			r.collected.finish(r.into, failed)
		}
		pending = again
	}
	return nil
}

// instance is the spec with the instrumentation.
type instance struct {
	files        map[string][]byte
	variables    []string
	why          map[*refusal]string // the operator that walks through the broken invariant
	unnamed      []string            // the source of the actions without a Step
	instrumenter *instrumenter
}

// instrument adds the operators that walk through the rejected steps, or the
// broken invariants, to a copy of the spec.
func (e *explainer) instrument(pending []*refusal) instance {
	result := instance{files: e.spec.Files, why: map[*refusal]string{}}
	if e.analysis == nil {
		return result
	}
	sources := sany.NewSources(e.spec.Files)
	e.analysis.TagArguments(sources)
	if !e.brief {
		result.variables = e.analysis.Variables
	}
	if e.lists {
		result.unnamed = e.analysis.UnnamedTexts(sources)
	}
	t := newInstrumenter(sources, e.analysis.Overridden)
	t.truth = e.truth
	steps := map[string]bool{}
	for _, r := range pending {
		switch {
		case r.plain || r.verdict.Reason == report.State: // the guard holds
		case r.verdict.Reason == report.Invariant:
			d := e.analysis.Syntax.Definition(r.verdict.Message, e.analysis.Modules)
			if d == nil || !t.Has(d.At) {
				r.into.Note("the parts of the invariant cannot be told apart: %s is defined in no module that could be read", r.verdict.Message)
				continue
			}
			result.why[r] = t.invariant(d)
		default:
			steps[r.verdict.Event.Step] = true
		}
	}
	holders, found := instrumentSteps(e.analysis, t, steps)
	for _, r := range pending {
		if name := r.verdict.Event.Step; !r.plain && steps[name] && !found[name] {
			r.into.Note("the parts of the action cannot be told apart: no use of Step in %s could be found for it", strings.Join(e.analysis.Modules, ", "))
		}
	}
	if len(result.why)+len(found) > 0 {
		t.place(holders)
		result.instrumenter = t
	}
	result.files = sources.All()
	return result
}

// invariant writes the operator that walks through an invariant, and returns
// its application.
func (t *instrumenter) invariant(d *sany.Symbol) string {
	f, _ := frameOf(d)
	return strings.Replace(t.define("Root", d.Body, f, func() string { return "  " + t.look(d.Body, f, false) }), now, "TRUE", 1)
}

// ask runs TLC over the traces and the states in question.
func (e *explainer) ask(ctx context.Context, pending []*refusal, s instance) (*tlc.Result, *collection, error) {
	traces := make([]*trace.Trace, len(pending))
	for i, r := range pending {
		traces[i] = r.trace
	}
	constants, err := spec.ConstantsOf(traces[0])
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", spec.ErrInput, err)
	}
	recorded, err := replay.Record(traces)
	if err != nil {
		return nil, nil, err
	}
	config := e.spec.WithConstants(constants)
	config.Set(tlc.Constant{Name: "Arg", Definition: "ExplainArg"})
	config.Set(tlc.Constant{Name: "Step", Definition: "ExplainStep"})
	config.Set(tlc.Constant{Name: "ExplainHere", Definition: "ExplainWhyNow"})
	config.Init, config.Next = "ExplainInit", "ExplainNext"
	spec := *e.spec
	spec.Files = s.files
	job := spec.Job("Explain", config, e.instanceText(pending, s))
	if job.Files["Recorded.tla"], err = recorded.Module(replay.Apart(recorded.Traces)); err != nil {
		return nil, nil, err
	}
	job.Short = true
	job.Args = []string{"-seed", "1"} // choose the same members of a large set each time
	output := tla.NewOutput()
	output.AddTo(&job)
	collected := &collection{}
	for _, r := range pending {
		r.collected = &collector{instrumenter: s.instrumenter}
		collected.all = append(collected.all, r.collected)
	}
	job.Print = func(line string) {
		// A garbled message is skipped; the rest is still useful.
		if message, err := output.Parse(line); err == nil && message != nil {
			collected.collect(message)
		}
	}
	result, err := e.Run(ctx, job)
	if err != nil {
		return nil, nil, err
	}
	if result.Outcome == tlc.Cancelled {
		return nil, nil, context.Cause(ctx)
	}
	return result, collected, nil
}

// instanceText returns the definitions that the module Explain needs in
// Instance.
func (e *explainer) instanceText(pending []*refusal, s instance) string {
	var b strings.Builder
	b.WriteString("LOCAL INSTANCE ExplainOutput\n" + aboutVariables(s.variables))
	why, prefixes := "TRUE", make([]string, len(pending))
	for i, r := range pending {
		prefixes[i] = fmt.Sprint(r.verdict.Step - 1)
		if r.verdict.Reason == report.Invariant {
			prefixes[i] = fmt.Sprint(r.verdict.Step)
		}
		if tells, ok := s.why[r]; ok {
			why = fmt.Sprintf("IF instanceTrace = %d THEN ExplainPrint(<<\"trying\", %d>>) /\\ ExplainPrint(<<\"try\", 0>>) /\\ %s ELSE %s", i+1, i+1, tells, why)
		}
	}
	fmt.Fprintf(&b, "InstanceWhy(instanceTrace) == %s\nInstancePrefix == <<%s>>\nInstanceLists == %s\n",
		why, strings.Join(prefixes, ", "), strings.ToUpper(fmt.Sprint(e.lists)))
	for i, text := range s.unnamed {
		fmt.Fprintf(&b, "InstanceUnnamed%d ==\n%s\n", i+1, text)
	}
	b.WriteString("InstanceUnnamed ==\n  \\/ FALSE\n")
	for i := range s.unnamed {
		fmt.Fprintf(&b, "  \\/ (InstanceUnnamed%d /\\ ExplainPrint(<<\"unnamed\", %d>>) /\\ FALSE)\n", i+1, i)
	}
	return b.String() + spec.Instance(nil, nil)
}

// aboutVariables defines the operators that print the values of variables, and
// the variables that a step changes.
func aboutVariables(names []string) string {
	var state, changes strings.Builder
	for _, name := range names {
		fmt.Fprintf(&state, "  /\\ ExplainVariable(%q, %s)\n", name, name)
		fmt.Fprintf(&changes, "  /\\ IF %s' = %s THEN TRUE ELSE InstanceChanged(%q)\n", name, name, name)
	}
	return "InstanceState ==\n  /\\ TRUE\n" + state.String() +
		"InstanceChanges(InstanceChanged(_)) ==\n  /\\ TRUE\n" + changes.String()
}

// fieldDifferences compares the logged view with the most similar one that the
// spec allows.
func fieldDifferences(v report.Verdict) []report.FieldDifference {
	var best []report.FieldDifference
	for i, view := range v.Allowed {
		want, ok := view.(map[string]trace.Value)
		if !ok {
			return nil
		}
		all := differencesOf(want, v.Event.State)
		if i == 0 || len(all) < len(best) {
			best = all
		}
	}
	return best
}
