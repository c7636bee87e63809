package conformance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// Checker holds code against specs with one installation of TLC. It is safe
// for concurrent use; each call runs TLC processes of its own.
type Checker struct {
	TLC      *tlc.TLC
	MemoryMB int           // heap of one TLC run; 0 leaves it to the adapter
	Timeout  time.Duration // of one TLC run; 0 means none
	Parallel int           // how many TLC processes may run at once; 0 means one
	// Progress, if set, is told now and then how much of the present work is
	// done. It is called from several goroutines, one call at a time per work.
	Progress func(work string, done, total int)

	once  sync.Once
	slots chan struct{} // holds a token for each TLC process that runs
}

func (c *Checker) progress(work string, done, total int) {
	if c.Progress != nil {
		c.Progress(work, done, total)
	}
}

func (c *Checker) turns() chan struct{} {
	c.once.Do(func() {
		if c.slots == nil {
			c.slots = make(chan struct{}, max(c.Parallel, 1))
		}
	})
	return c.slots
}

// named is the same checker, whose work goes under a name.
func (c *Checker) named(name string) *Checker {
	return &Checker{
		TLC: c.TLC, MemoryMB: c.MemoryMB, Timeout: c.Timeout, Parallel: c.Parallel, slots: c.turns(),
		Progress: func(work string, done, total int) { c.progress(name+": "+work, done, total) },
	}
}

// run waits for its turn and runs TLC.
func (c *Checker) run(ctx context.Context, job tlc.Job) (*tlc.Result, error) {
	slots := c.turns()
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	job.Workers = max(job.Workers, 1)
	if job.MemoryMB == 0 {
		job.MemoryMB = c.MemoryMB
	}
	if job.Timeout == 0 {
		job.Timeout = c.Timeout
	}
	return c.TLC.Run(ctx, job)
}

// Outcome is what a check came to.
type Outcome string

const (
	Accepted Outcome = "accepted"
	Rejected Outcome = "rejected"
	Unknown  Outcome = "unknown" // no verdict: a time-out, too little memory, a cancelled run
)

// Reason says why a trace was rejected.
type Reason string

const (
	// Guard: the spec does not allow the step in this state with these
	// arguments.
	Guard Reason = "guard"
	// State: the spec allows the step, but not with the view that was logged.
	State Reason = "state"
	// Invariant: the step is a step of the spec, and the state behind it
	// breaks an invariant.
	Invariant Reason = "invariant"
	// Error: TLC cannot evaluate the spec on the step, because a value is not
	// of the kind that the spec works with.
	Error Reason = "error"
	// Malformed: the trace does not speak of this spec: an unknown step,
	// argument or constant, or no step at all.
	Malformed Reason = "malformed"
)

// Verdict is what became of one trace.
type Verdict struct {
	Outcome Outcome
	// Step is the number of the first refused step, from 1; 0 if the trace
	// as a whole is refused.
	Step int
	// Event is that step as it was recorded.
	Event  *trace.Event
	Reason Reason
	// Allowed are the views that the spec allows after the step, for State.
	Allowed []trace.Value
	// Message says more: the broken invariant's name, TLC's text, or why
	// there is no verdict.
	Message string
}

// String says in one line what happened.
func (v Verdict) String() string {
	switch {
	case v.Outcome == Accepted:
		return "accepted"
	case v.Outcome == Unknown:
		return "unknown: " + v.Message
	case v.Reason == Malformed:
		return v.Message
	}
	s := fmt.Sprintf("rejected at step %d, %s (%s)", v.Step, v.Event.Step, v.Reason)
	switch v.Reason {
	case Guard:
		s += ": the spec does not allow this step here with these arguments"
	case State:
		if len(v.Allowed) == 0 {
			return s + ": " + v.Message
		}
		s += ": " + differences(v.Allowed, v.Event.State)
	case Invariant:
		s += ": the state after it breaks " + v.Message
	default:
		s += ": " + firstParagraph(v.Message)
	}
	return s
}

// firstParagraph is what TLC says went wrong, without where in the modules.
func firstParagraph(message string) string {
	first, _, _ := strings.Cut(message, "\nThe error occurred")
	return strings.Join(strings.Fields(first), " ")
}

// Replay holds traces against a spec and returns a verdict for each, in the
// same order. Any number of traces go through one run of TLC, unless their
// headers give different constants. The error is for what kept the check from
// being made at all; if it wraps ErrInput, the spec is at fault.
func (c *Checker) Replay(ctx context.Context, s *Spec, traces []*trace.Trace) ([]Verdict, error) {
	verdicts := make([]Verdict, len(traces))
	groups := map[string][]int{}
	for i, t := range traces {
		if err := s.validate(t); err != nil {
			verdicts[i] = Verdict{Outcome: Rejected, Reason: Malformed, Message: err.Error()}
			continue
		}
		key := fmt.Sprint(t.Header.Constants) // fmt prints maps in order of their keys
		groups[key] = append(groups[key], i)
	}
	r := &replay{Checker: c, spec: s, traces: slices.Clone(traces), verdicts: verdicts, cut: make([]*unwritable, len(traces))}
	var parts []func(context.Context) error
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		for _, some := range r.split(groups[key]) {
			parts = append(parts, func(ctx context.Context) error { return r.judge(ctx, some) })
		}
	}
	if err := sideBySide(ctx, parts...); err != nil {
		return nil, err
	}
	return verdicts, nil
}

// worthARun is how many steps are worth a TLC process of their own.
const worthARun = 20_000

// split shares traces out among as many TLC processes as may run at once, if
// there are enough of them.
func (r *replay) split(traces []int) [][]int {
	total := 0
	for _, i := range traces {
		total += len(r.traces[i].Events)
	}
	runs := min(max(r.Parallel, 1), total/worthARun+1)
	var parts [][]int
	steps := 0
	for _, i := range traces {
		if len(parts) < runs && steps >= len(parts)*total/runs {
			parts = append(parts, nil)
		}
		parts[len(parts)-1] = append(parts[len(parts)-1], i)
		steps += len(r.traces[i].Events)
	}
	return parts
}

// replay is the work on the traces of one Replay that share their constants.
type replay struct {
	*Checker
	spec     *Spec
	traces   []*trace.Trace
	verdicts []Verdict     // each is written by the one who judges its trace
	cut      []*unwritable // where a trace was cut, because of a value that TLA+ does not have
	accepted atomic.Int64
}

// accept gives a trace its verdict that was accepted as far as it could be
// written.
func (r *replay) accept(i int) {
	r.verdicts[i] = Verdict{Outcome: Accepted}
	if cut := r.cut[i]; cut != nil {
		r.verdicts[i] = Verdict{
			Outcome: Rejected, Step: cut.step + 1, Event: cut.event, Reason: cut.reason, Message: cut.Error(),
		}
	}
}

// judge gives a verdict to each of the traces with the given numbers.
func (r *replay) judge(ctx context.Context, pending []int) error {
	// A value of the wrong kind ends TLC's run for all. The trace it stood in
	// gets its verdict, and the others are run again.
	for len(pending) > 0 {
		told, err := r.pass(ctx, pending, "ReplayJudge", true)
		var bad *unwritable
		if errors.As(err, &bad) {
			i := pending[bad.trace]
			r.cut[i] = bad
			whole := *r.traces[i]
			whole.Events = whole.Events[:bad.step]
			r.traces[i] = &whole
			if bad.step == 0 {
				r.accept(i)
				pending = slices.Delete(pending, bad.trace, bad.trace+1)
			}
			continue
		}
		if err != nil {
			return err
		}
		if told.culprit >= 0 {
			r.blame(pending[told.culprit], told)
			pending = slices.Delete(pending, told.culprit, told.culprit+1)
			continue
		}
		if told.unknown != "" {
			r.giveUp(pending, told.unknown)
			return nil
		}
		var left []int
		for at, i := range pending {
			if told.accepted[at] {
				r.accept(i)
			} else {
				left = append(left, i)
			}
		}
		return r.follow(ctx, left, told.exact)
	}
	return nil
}

// follow runs the traces that were not accepted once more, to learn how far
// each came. If the first run was not exact, this one is.
func (r *replay) follow(ctx context.Context, left []int, exact bool) error {
	if len(left) == 0 {
		return nil
	}
	told, err := r.pass(ctx, left, "ReplayFollow", exact)
	if err != nil {
		return err
	}
	if told.unknown == "" && told.culprit >= 0 {
		told.unknown = "the second run ended otherwise than the first: " + told.message
	}
	if told.unknown != "" {
		r.giveUp(left, told.unknown)
		return nil
	}
	for at, i := range left {
		if told.accepted[at] {
			r.accept(i)
			continue
		}
		step := told.reached[at] + 1
		v := Verdict{Outcome: Rejected, Step: step, Reason: Guard}
		if views := told.differs[at][step]; len(views) > 0 {
			v.Reason, v.Allowed = State, views
		}
		if name, ok := told.breaks[at][told.reached[at]]; ok {
			v.Step, v.Reason, v.Message = told.reached[at], Invariant, name
		}
		if v.Step == 0 { // already the initial state breaks it
			v.Reason, v.Message = Error, "the spec's initial state breaks "+v.Message
			v.Step = 1
		}
		v.Event = &r.traces[i].Events[v.Step-1]
		r.verdicts[i] = v
	}
	return nil
}

func (r *replay) giveUp(traces []int, why string) {
	for _, i := range traces {
		r.verdicts[i] = Verdict{Outcome: Unknown, Message: why}
	}
}

func (r *replay) blame(i int, told *told) {
	step := min(told.taken+1, len(r.traces[i].Events))
	r.verdicts[i] = Verdict{
		Outcome: Rejected, Step: step, Event: &r.traces[i].Events[step-1], Reason: Error, Message: told.message,
	}
}

// told is what one TLC run said of its traces, by their place in the run.
type told struct {
	accepted []bool
	reached  []int
	differs  []map[int][]trace.Value
	breaks   []map[int]string

	exact   bool   // no state was taken for another
	unknown string // why there is no verdict, if there is none
	culprit int    // the trace on which TLC stopped with an error, or -1
	taken   int    // how many of its steps were taken before
	message string // what TLC said
}

// pass runs TLC once over the given traces. With quick set, two states at one
// place of one trace are taken as the same.
func (r *replay) pass(ctx context.Context, traces []int, constraint string, quick bool) (*told, error) {
	job, err := r.job(traces, constraint, quick)
	if err != nil {
		return nil, err
	}
	n := len(traces)
	t := &told{
		accepted: make([]bool, n), reached: make([]int, n),
		differs: make([]map[int][]trace.Value, n), breaks: make([]map[int]string, n), culprit: -1,
	}
	var garbled error
	job.Print = func(line string) {
		accepted, err := t.hear(line)
		if err != nil && garbled == nil {
			garbled = err
		}
		if accepted {
			r.progress("replay", int(r.accepted.Add(1)), len(r.traces))
		}
	}
	result, err := r.run(ctx, job)
	switch {
	case err != nil:
		return nil, err
	case garbled != nil:
		return nil, garbled
	case result.Outcome == tlc.OK:
		t.exact = result.States == result.Distinct || !quick
		return t, nil
	case result.Outcome == tlc.SpecError:
		return nil, fmt.Errorf("%w: %s", ErrInput, result.Message)
	case result.Outcome == tlc.Cancelled:
		return nil, context.Cause(ctx)
	}
	t.message = strings.TrimSpace(result.Message)
	if result.Outcome == tlc.EvaluationError && t.find(result.Trace, n) {
		return t, nil
	}
	t.unknown = fmt.Sprintf("%s: %s", result.Outcome, t.message)
	return t, nil
}

// find takes the trace on which TLC stopped from the last state it printed.
func (t *told) find(states []tlc.State, n int) bool {
	if len(states) == 0 {
		return false
	}
	last := states[len(states)-1].Vars
	number, ok1 := last["replayTrace"].(int)
	taken, ok2 := last["replayTaken"].(int)
	if !ok1 || !ok2 || number < 1 || number > n {
		return false
	}
	t.culprit, t.taken = number-1, taken
	return true
}

func (r *replay) job(traces []int, constraint string, quick bool) (tlc.Job, error) {
	chosen := make([]*trace.Trace, len(traces))
	for at, i := range traces {
		chosen[at] = r.traces[i]
	}
	recorded, err := record(chosen)
	if err != nil {
		return tlc.Job{}, err
	}
	config, err := r.spec.withConstants(chosen[0].Header.Constants)
	if err != nil {
		return tlc.Job{}, err
	}
	config.Set(tlc.Constant{Name: "Arg", Definition: "ReplayArg"})
	config.Set(tlc.Constant{Name: "Step", Definition: "ReplayStep"})
	config.Init, config.Next, config.Constraints = "ReplayInit", "ReplayNext", []string{constraint}
	if quick {
		config.View = "ReplayPlace"
	}
	steps := 0
	for _, t := range chosen {
		steps += len(t.Events)
	}
	job := r.spec.job("Replay", config, subjectHolds(r.spec.config.Invariants))
	job.Short = steps < 300_000
	job.Files["Recorded.tla"], err = recorded.module()
	return job, err
}

// subjectHolds defines the conjunction of the invariants so that each one that
// does not hold says its name.
func subjectHolds(invariants []string) string {
	var b strings.Builder
	b.WriteString("SubjectHolds(Breaks(_)) ==\n  /\\ TRUE\n")
	for _, name := range invariants {
		fmt.Fprintf(&b, "  /\\ %s \\/ (Breaks(%q) /\\ FALSE)\n", name, name)
	}
	return b.String()
}

var errGarbled = errors.New("a line of the replay cannot be read")

// hear takes in one printed line.
func (t *told) hear(line string) (accepted bool, err error) {
	v, err := tlc.ParsePrinted(line)
	if err != nil {
		return false, fmt.Errorf("%w: %w", errGarbled, err)
	}
	said, ok := v.([]trace.Value)
	if !ok || len(said) < 2 {
		return false, nil // something that the spec itself prints
	}
	number, ok := said[1].(int)
	if !ok || number < 1 || number > len(t.accepted) {
		return false, nil
	}
	at := number - 1
	if said[0] == "accepted" {
		t.accepted[at] = true
		return true, nil
	}
	if len(said) < 3 {
		return false, nil
	}
	step, _ := said[2].(int)
	switch said[0] {
	case "reached":
		t.reached[at] = max(t.reached[at], step)
	case "differs":
		if t.differs[at] == nil {
			t.differs[at] = map[int][]trace.Value{}
		}
		t.differs[at][step] = append(t.differs[at][step], said[3])
	case "breaks":
		if t.breaks[at] == nil {
			t.breaks[at] = map[int]string{}
		}
		t.breaks[at][step], _ = said[3].(string)
	}
	return false, nil
}
