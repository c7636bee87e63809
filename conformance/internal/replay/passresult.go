package replay

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// passResult is what one TLC run said of its traces, by their place in the run.
type passResult struct {
	accepted []bool
	reached  []int
	differs  []map[int][]trace.Value
	breaks   []map[int]string

	exact     bool   // no state was taken for another
	malformed string // why there can be no step at all with these constants
	unknown   string // why there is no verdict, if there is none
	stumbled  bool   // TLC could not evaluate something
	culprit   int    // the trace on which it did, or -1 if that is not known
	taken     int    // how many of its steps were taken before
	message   string // what TLC said

	last, lastTaken int // what was reached last
}

// passOptions is how a run is made.
type passOptions struct {
	quick     bool // take two states at one place of one trace as the same
	follow    bool // learn how far each trace comes
	ofAnyKind bool // compare values of different kinds
}

// pass runs TLC once over the given traces.
func (r *replay) pass(ctx context.Context, traces []int, how passOptions) (*passResult, error) {
	job, branches, err := r.job(traces, how)
	if err != nil {
		return nil, err
	}
	n := len(traces)
	t := &passResult{
		accepted: make([]bool, n), reached: make([]int, n),
		differs: make([]map[int][]trace.Value, n), breaks: make([]map[int]string, n), culprit: -1, last: -1,
	}
	voice := tla.NewOutput()
	job.Files["Voice.tla"] = voice.Module()
	var garbled error
	job.Print = func(line string) {
		said, err := voice.Parse(line)
		accepted := false
		if err == nil && (r.Observer == nil || !r.Observer.Hear(said)) {
			accepted, err = t.hear(said)
		}
		if err != nil && garbled == nil {
			garbled = err
		}
		if accepted {
			r.Advance("replay", int(r.accepted.Add(1)), len(r.traces))
		}
	}
	result, err := r.Run(ctx, job)
	t.inherit(branches)
	switch {
	case err != nil:
		return nil, err
	case garbled != nil:
		return nil, garbled
	case result.Outcome == tlc.OK && result.Queue == 0:
		t.exact = result.States == result.Distinct || !how.quick
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
	if result.Outcome == tlc.EvaluationError || result.Outcome == tlc.AssertionFailed {
		t.stumbled = true
		t.find(result.Trace)
	}
	return t, nil
}

// find takes the trace on which TLC stumbled from the last state that it shows.
// It shows none if the error lies in an invariant; then the last state that was
// reached is the one.
func (t *passResult) find(states []tlc.State) {
	number, taken := t.last+1, t.lastTaken-1
	if len(states) > 0 {
		last := states[len(states)-1].Vars
		number, _ = last["replayTrace"].(int)
		taken, _ = last["replayTaken"].(int)
		for _, v := range last {
			if v == tlc.Model("null") { // the step that left a variable open is shown as well
				taken--
				break
			}
		}
	}
	if number > 0 && number <= len(t.accepted) {
		t.culprit, t.taken = number-1, max(taken, 0)
	}
}

func (r *replay) job(traces []int, how passOptions) (tlc.Job, *branches, error) {
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
	if how.ofAnyKind {
		arg, step = "ReplayArgOfAnyKind", "ReplayStepOfAnyKind"
	}
	if how.follow {
		constraint = "ReplayFollow"
	}
	config.Set(tlc.Constant{Name: "Arg", Definition: arg})
	config.Set(tlc.Constant{Name: "Step", Definition: step})
	config.Init, config.Next, config.Constraints = "ReplayInit", "ReplayNext", []string{constraint}
	if how.quick {
		config.View = "ReplayPlace"
	}
	branches := branchesOf(recorded.Traces)
	job := r.spec.Job("Replay", config, spec.SubjectHolds(r.spec.Config.Invariants))
	job.Short = branches.events < 300_000
	job.Files["Recorded.tla"], err = recorded.Module(branches)
	return job, branches, err
}

// hear takes in what was said in one line, and reports whether that is the
// first news of an accepted trace.
func (t *passResult) hear(said []trace.Value) (accepted bool, err error) {
	if said == nil {
		return false, nil
	}
	number, step := tla.NumberAt(said, 1), tla.NumberAt(said, 2)
	at := number - 1
	if number < 1 || number > len(t.accepted) {
		return false, fmt.Errorf("%w: %v", tla.ErrGarbled, said)
	}
	switch {
	case said[0] == "accepted" && len(said) == 2:
		accepted = !t.accepted[at]
		t.accepted[at] = true
	case said[0] == "reached" && len(said) == 3:
		t.reached[at] = max(t.reached[at], step)
		t.last, t.lastTaken = at, step
	case said[0] == "differs" && len(said) == 4:
		if t.differs[at] == nil {
			t.differs[at] = map[int][]trace.Value{}
		}
		t.differs[at][step] = append(t.differs[at][step], tla.ViewOf(said[3]))
	case said[0] == "breaks" && len(said) == 4:
		if t.breaks[at] == nil {
			t.breaks[at] = map[int]string{}
		}
		t.breaks[at][step], _ = said[3].(string)
	default:
		return false, fmt.Errorf("%w: %v", tla.ErrGarbled, said)
	}
	return accepted, nil
}

// verdict says where a trace that was not accepted is refused.
func (t *passResult) verdict(at int, of *trace.Trace) report.Verdict {
	step := t.reached[at] + 1
	v := report.Verdict{Outcome: report.Rejected, Step: step, Reason: report.Guard}
	if views := t.differs[at][step]; len(views) > 0 {
		v.Reason, v.Allowed = report.State, views
	}
	if name, ok := t.breaks[at][t.reached[at]]; ok {
		v.Step, v.Reason, v.Message = t.reached[at], report.Invariant, name
	}
	if v.Step == 0 { // already the initial state breaks it
		v.Step, v.Reason, v.Message = 1, report.Error, "the spec's initial state breaks "+v.Message
	}
	if v.Step > len(of.Events) {
		return report.Verdict{Outcome: report.Unknown, Message: "TLC took all steps, and did not accept the trace"}
	}
	v.Event = &of.Events[v.Step-1]
	return v
}

// observer takes messages that are not Replay's. Fail tells it why it may not have
// got all of them.
type observer interface {
	Hear(said []trace.Value) bool
	Fail(why string)
}

// observe lets TLC go through the traces once, for what the observer hears.
func (r *replay) observe(ctx context.Context, traces []int) error {
	told, err := r.pass(ctx, traces, passOptions{quick: true})
	switch {
	case err != nil:
		return err
	case told.unknown != "":
		r.Observer.Fail(report.FirstParagraph(told.unknown))
	case slices.Contains(told.accepted, false):
		r.Observer.Fail("a trace is not accepted")
	}
	return nil
}
