package replay

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/analysis"
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// passResult is the result of one run of TLC, by the index of the trace in the
// run.
type passResult struct {
	accepted []bool
	reached  []int  // how many steps lead to a state that breaks no invariant
	began    []bool // an initial state breaks no invariant
	differs  []map[int][]trace.Value
	breaks   []map[int]counts // the invariants, by the step behind which they do not hold
	violates []map[int]string // the property, by the step that it forbids
	states   []States
	second   []int  // after how many steps a second state was reached first, and one more; 0 if never
	merged   []bool // states were taken as the same on the way of this trace

	exact       bool   // no two states were identified by mistake
	malformed   string // why these constants allow no step
	unknown     string // why there is no verdict, if there is none
	evalError   bool   // TLC could not evaluate something
	beyond      bool   // which TLC cannot, though TLA+ gives it a value
	failedTrace int    // the trace on which it did, or -1 if that is not known
	taken       int    // the number of its steps before the error
	message     string // TLC's message

	// What was reached last, and whether no invariant is known to be broken there:
	// that is said behind it.
	last, lastTaken int
	standing        bool
}

// counts says of how many states each invariant does not hold.
type counts map[string]int

// most is the invariant that most of the states break.
func (c counts) most() string {
	return slices.MaxFunc(slices.Sorted(maps.Keys(c)), func(a, b string) int { return c[a] - c[b] })
}

// settle counts what was reached last. A state that breaks an invariant is as far
// as a step leads, but the trace goes on from none such.
func (t *passResult) settle() {
	if t.standing {
		t.reached[t.last] = max(t.reached[t.last], t.lastTaken)
		t.began[t.last] = true
	}
	t.standing = false
}

// merge finds the traces on whose way several states were reached at one place, which
// a run by place takes as the same.
func (t *passResult) merge(b *branches) {
	for at, parent := range b.parent {
		if parent >= 0 && 0 < t.second[parent] && t.second[parent] <= b.fork[at] {
			t.second[at] = t.second[parent]
		}
		t.merged[at] = t.second[at] > 0
	}
}

// passOptions selects the mode of a run.
type passOptions struct {
	byPlace  bool // identify two states at one step of one trace
	furthest bool // find the last accepted step of each trace
	anyKind  bool // compare values of different kinds
}

// pass runs TLC once over the given traces.
func (r *replay) pass(ctx context.Context, traces []int, how passOptions) (*passResult, error) {
	job, branches, err := r.job(ctx, traces, how)
	if err != nil {
		return nil, err
	}
	n := len(traces)
	t := &passResult{
		accepted: make([]bool, n), reached: make([]int, n), began: make([]bool, n),
		differs: make([]map[int][]trace.Value, n), breaks: make([]map[int]counts, n), violates: make([]map[int]string, n), states: make([]States, n), failedTrace: -1, last: -1,
		second: make([]int, n), merged: make([]bool, n),
	}
	output := tla.NewOutput()
	output.AddTo(&job)
	var garbled error
	job.Print = func(line string) {
		message, err := output.Parse(line)
		accepted := false
		if err == nil && (r.Observer == nil || !r.Observer.Collect(message)) {
			accepted, err = t.collect(message)
		}
		if err != nil && garbled == nil {
			garbled = err
		}
		if accepted {
			r.Advance("replay", int(r.accepted.Add(1)), len(r.traces))
		}
	}
	result, err := r.Run(ctx, job)
	t.settle()
	t.inherit(branches)
	t.inheritStates(branches)
	if how.byPlace {
		t.merge(branches)
	}
	switch {
	case err != nil:
		return nil, err
	case garbled != nil:
		return nil, garbled
	case result.LeftOpen("replayTaken"):
		return nil, analysis.WithoutAStep(ctx, r.audited(), r.Runner)
	case result.Outcome == tlc.OK && result.Queue == 0:
		t.exact = !slices.Contains(t.merged, true)
		return t, nil
	case result.Outcome == tlc.OK:
		t.unknown = fmt.Sprintf("TLC ended with %d states still to be looked at", result.Queue)
		return t, nil
	case result.Outcome == tlc.SpecError:
		return nil, fmt.Errorf("%w: %s", spec.ErrInput, result.Message)
	case result.Outcome == tlc.AssumptionFailed:
		t.malformed = result.Message
		return t, nil
	case result.Outcome == tlc.Cancelled:
		return nil, context.Cause(ctx)
	}
	t.message = strings.TrimSpace(result.Message)
	t.unknown = fmt.Sprintf("%s: %s", result.Outcome, t.message)
	if result.Outcome == tlc.EvaluationError || result.Outcome == tlc.AssertionFailed || result.Beyond() {
		t.evalError, t.beyond = true, result.Beyond()
		if result.Outcome != tlc.OutOfMemory {
			t.findFailed(result.Trace)
		} else if n == 1 && how.furthest { // TLC does not say where its stack was full
			t.failedTrace, t.taken = 0, t.reached[0]
		}
	}
	return t, nil
}

// findFailed finds the trace with the evaluation error by the last state that
// TLC shows. If the error lies in an invariant TLC shows none, and the trace of
// the last message is the one.
func (t *passResult) findFailed(states []tlc.State) {
	number, taken := t.last+1, t.lastTaken-1
	if len(states) > 0 {
		last := states[len(states)-1].Vars
		number, _ = last["replayTrace"].(int)
		taken, _ = last["replayTaken"].(int)
		for _, v := range last {
			if v == tlc.Model("null") { // TLC also shows the incomplete next state
				taken--
				break
			}
		}
	}
	if number > 0 && number <= len(t.accepted) {
		t.failedTrace, t.taken = number-1, max(taken, 0)
	}
}

func (r *replay) job(ctx context.Context, traces []int, how passOptions) (tlc.Job, *branches, error) {
	chosen := make([]*trace.Trace, len(traces))
	for at, i := range traces {
		chosen[at] = r.traces[i]
	}
	recorded, err := Record(chosen)
	if err != nil {
		return tlc.Job{}, nil, err
	}
	constants, err := spec.ConstantsOf(chosen[0])
	if err != nil {
		return tlc.Job{}, nil, err
	}
	config := r.spec.WithConstants(constants)
	arg, step, constraint := "ReplayArg", "ReplayStep", "ReplayJudge"
	if how.anyKind {
		arg, step = "ReplayArgOfAnyKind", "ReplayStepOfAnyKind"
	}
	if how.furthest {
		constraint = "ReplayFollow"
	}
	config.Set(tlc.Constant{Name: "Arg", Definition: arg})
	config.Set(tlc.Constant{Name: "Step", Definition: step})
	config.Init, config.Next, config.Constraints = "ReplayInit", "ReplayNext", []string{constraint}
	if how.byPlace {
		config.View = "ReplayPlace"
	}
	of := r.spec
	if how.anyKind {
		of = r.tagged(ctx)
	}
	along, err := analysis.AlongTraces(ctx, of, r.Runner)
	if err != nil {
		return tlc.Job{}, nil, err
	}
	branches := branchesOf(recorded.Traces)
	job := of.Job("Replay", config, along.Instance(r.spec.Config.Invariants))
	maps.Copy(job.Files, along.Files)
	job.Short = branches.events < 300_000
	if job.Files["Recorded.tla"], err = recorded.Module(branches); err != nil {
		return tlc.Job{}, nil, err
	}
	if r.Looks != nil {
		r.look(&job, traces, branches)
	}
	return job, branches, nil
}

// tagged is the spec with the facts that a comparison of any kinds needs, or the spec
// itself if it cannot be analysed.
func (r *replay) tagged(ctx context.Context) *spec.Spec {
	y, err := analysis.Of(ctx, r.spec, r.Runner)
	if err != nil {
		return r.spec
	}
	sources := sany.NewSources(r.spec.Files)
	y.TagArguments(sources)
	return r.spec.With(sources.All())
}

// collect takes a message, and reports whether it is the first to accept a
// trace.
func (t *passResult) collect(message []trace.Value) (accepted bool, err error) {
	if message == nil {
		return false, nil
	}
	number, step := tla.NumberAt(message, 1), tla.NumberAt(message, 2)
	at := number - 1
	if number < 1 || number > len(t.accepted) {
		return false, fmt.Errorf("%w: %v", tla.ErrGarbled, message)
	}
	switch {
	case message[0] == "accepted" && len(message) == 2:
		accepted = !t.accepted[at]
		t.accepted[at] = true
	case message[0] == "reached" && len(message) == 3:
		t.settle()
		t.last, t.lastTaken, t.standing = at, step, true
	case message[0] == "differs" && len(message) == 4:
		if t.differs[at] == nil {
			t.differs[at] = map[int][]trace.Value{}
		}
		t.differs[at][step] = append(t.differs[at][step], tla.ViewOf(message[3]))
	case message[0] == "breaks" && len(message) == 4:
		if t.breaks[at] == nil {
			t.breaks[at] = map[int]counts{}
		}
		if t.breaks[at][step] == nil {
			t.breaks[at][step] = counts{}
		}
		name, _ := message[3].(string)
		t.breaks[at][step][name]++
		if t.last == at && t.lastTaken == step {
			t.standing = false
		}
	case message[0] == "violates" && len(message) == 4:
		if t.violates[at] == nil {
			t.violates[at] = map[int]string{}
		}
		t.violates[at][step], _ = message[3].(string)
	case message[0] == "second" && len(message) == 3:
		if t.second[at] == 0 { // the search comes to earlier places first
			t.second[at] = step + 1
		}
	case message[0] == "state" && len(message) == 4:
		t.states[at] = t.states[at].with(step, message[3])
	default:
		return false, fmt.Errorf("%w: %v", tla.ErrGarbled, message)
	}
	return accepted, nil
}

// verdict returns the verdict on a rejected trace.
func (t *passResult) verdict(at int, of *trace.Trace, invariants []string) report.Verdict {
	step := t.reached[at] + 1
	v := report.Verdict{Outcome: report.Rejected, Step: step, Reason: report.Guard}
	if broken, ok := t.breaks[at][0]; ok && !t.began[at] {
		v.Reason, v.Message = report.Error, "the spec's initial state breaks "+broken.most()
	} else if !t.began[at] {
		v.Reason, v.Message = report.Error, "the spec has no initial state: its Init is FALSE with the trace's constants"
	} else if broken, ok := t.breaks[at][step]; ok {
		name := broken.most()
		v.Reason, v.Message = report.Invariant, name
		if !slices.Contains(invariants, name) {
			v.Reason, v.Message = report.Property, "the state after it breaks "+name
		}
	} else if name, ok := t.violates[at][step]; ok {
		v.Reason, v.Message = report.Property, "the spec allows the step, but the property "+name+" forbids it"
	} else if views := t.differs[at][step]; len(views) > 0 {
		v.Reason, v.Allowed = report.State, views
	}
	if v.Step > len(of.Events) {
		return report.Verdict{Outcome: report.Unknown, Message: "TLC took all steps, and did not accept the trace"}
	}
	v.Event = &of.Events[v.Step-1]
	return v
}
