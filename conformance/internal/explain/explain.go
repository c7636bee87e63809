// Package explain says why a trace is refused, or an invariant broken: which part
// of the spec does not hold, where the values come from, and what would repair it.
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

// refusal is a refused trace on its way to its explanation.
type refusal struct {
	trace     *trace.Trace // up to the refused step
	verdict   report.Verdict
	into      *report.Explanation
	collected *collector
	plain     bool // without the parts of the action
}

// explainer explains traces that share their constants.
type explainer struct {
	*run.Runner
	spec     *spec.Spec
	analysis *analysis.Analysis // nil if the spec cannot be read
	wanted
}

// Explain says why a trace was refused, for which Replay gave the verdict. What
// it cannot find out is said in Notes; the error is for what kept it from
// asking at all. It runs Java twice.
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

// ExplainAll explains all of these traces that were refused, with as few runs
// of Java as for one. It leaves nil where there is nothing to explain.
func ExplainAll(ctx context.Context, c *run.Runner, s *spec.Spec, traces []*trace.Trace, verdicts []report.Verdict) ([]*report.Explanation, error) {
	return explainAll(ctx, c, s, traces, verdicts, wanted{lists: true})
}

// wanted is what an explanation is to say besides the reason.
type wanted struct {
	lists bool // what would be possible
	truth bool // why what holds holds
	brief bool // nothing of the state
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
			e.trace(r)
		}
	}
	return all, nil
}

// newRefusal is nil if there is no step to look at.
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

// spelled has the arguments of the last event with strings that TLA+ can hold:
// what it cannot hold is spelled out. No string of the spec is equal to one or
// the other, so what the spec says of them is the same.
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

// explain asks TLC about all that is pending. One step that TLC cannot evaluate
// ends the run for all: what had not been heard by then is asked again.
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

// instance is the spec with what was put into it.
type instance struct {
	files        map[string][]byte
	variables    []string
	why          map[*refusal]string // the operator that tells about the broken invariant
	unnamed      []string            // the actions without a Step, as they stand in Next
	instrumenter *instrumenter
}

// instrument puts what tells about the refused steps, or about the broken
// invariants, into a copy of the spec.
func (e *explainer) instrument(pending []*refusal) instance {
	result := instance{files: e.spec.Files, why: map[*refusal]string{}}
	if e.analysis == nil {
		return result
	}
	sources := sany.NewSources(e.spec.Files)
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
		result.instrumenter, result.files = t, sources.All()
	}
	return result
}

// invariant writes what tells about an invariant, and returns its use.
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
	job.Args = []string{"-seed", "1"} // of a large set, the same members each time
	output := tla.NewOutput()
	output.AddTo(&job)
	collected := &collection{}
	for _, r := range pending {
		r.collected = &collector{instrumenter: s.instrumenter}
		collected.all = append(collected.all, r.collected)
	}
	job.Print = func(line string) {
		// What cannot be read is missing, and the rest is still worth having.
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

// instanceText is what Explain needs to know of the spec and of the traces.
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

// aboutVariables defines what says the values of variables, and which of them
// change.
func aboutVariables(names []string) string {
	var state, changes strings.Builder
	for _, name := range names {
		fmt.Fprintf(&state, "  /\\ ExplainVariable(%q, %s)\n", name, name)
		fmt.Fprintf(&changes, "  /\\ IF %s' = %s THEN TRUE ELSE InstanceChanged(%q)\n", name, name, name)
	}
	return "InstanceState ==\n  /\\ TRUE\n" + state.String() +
		"InstanceChanges(InstanceChanged(_)) ==\n  /\\ TRUE\n" + changes.String()
}

// fieldDifferences compares the logged view with the nearest of those that the
// spec allows.
func fieldDifferences(v report.Verdict) []report.FieldDifference {
	var best []report.FieldDifference
	for i, view := range v.Allowed {
		want, ok := view.(map[string]trace.Value)
		if !ok {
			return nil
		}
		var all []report.FieldDifference
		names := tla.SortedKeys(want)
		for _, name := range tla.SortedKeys(v.Event.State) {
			if _, ok := want[name]; !ok {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		for _, name := range names {
			w, inSpec := want[name]
			g, inCode := v.Event.State[name]
			if inSpec && inCode && tla.Equal(w, g) {
				continue
			}
			d := report.FieldDifference{Field: name, Value: w}
			if inSpec {
				d.Expected = tla.Text(w)
			}
			if inCode {
				d.Logged = tla.Text(g)
			}
			all = append(all, d)
		}
		if i == 0 || len(all) < len(best) {
			best = all
		}
	}
	return best
}
