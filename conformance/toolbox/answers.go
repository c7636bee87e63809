package toolbox

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/trace"
)

// Answers are what the callers of public methods were told in a run, to be held
// against the trace. A method that has returned has recorded its steps before, so
// what it returned must follow from the steps that stand in the trace by then:
//
//	err := log.Sync()
//	answers.Told(rec, "log", "Sync has returned", func(state *trace.Record) bool {
//		return state.Uint("synced") >= appended
//	})
//
// An answer that the trace contradicts makes the verdict "rejected": the steps may
// all be right, and the caller was told something false. The zero value is ready,
// for use by several goroutines.
type Answers struct {
	mu    sync.Mutex
	all   []answer
	steps []stepAnswer
}

type answer struct {
	node  string
	what  string
	steps int
	holds func(state *trace.Record) bool
}

// stepAnswer is an answer that one step has brought.
type stepAnswer struct {
	what   string
	steps  int
	shared bool // with other answers
	is     func(step string, args, state *trace.Record) bool
}

// Told notes an answer of a node: what was said, and what must hold of the node's
// view by now. Call it when the method has returned. Holds gets the state of the
// node's last step; it is not called if the node has taken none, and the answer is
// then wrong.
func (a *Answers) Told(rec *trace.Recorder, node, what string, holds func(state *trace.Record) bool) {
	steps := rec.Steps()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all = append(a.all, answer{node: node, what: what, steps: steps, holds: holds})
}

// Shows is for Told: the view has this value in a field.
func Shows(field string, value trace.Value) func(state *trace.Record) bool {
	return func(state *trace.Record) bool { return trace.Equal(state.Value(field), value) }
}

// FromStep notes an answer that one step has brought by now, and no other answer: two
// callers cannot both have the reply to one request. Is says for which steps that is so;
// steps with the same name and arguments count as one. Rec is a Recorder, or says how many
// steps several recorders have whose traces are merged.
func (a *Answers) FromStep(rec interface{ Steps() int }, what string, is func(step string, args, state *trace.Record) bool) {
	a.fromStep(stepAnswer{what: what, steps: rec.Steps(), is: is})
}

// AfterStep notes an answer that may be given once a certain step was taken, to any number
// of callers.
func (a *Answers) AfterStep(rec *trace.Recorder, what string, is func(step string, args, state *trace.Record) bool) {
	a.fromStep(stepAnswer{what: what, steps: rec.Steps(), shared: true, is: is})
}

func (a *Answers) fromStep(s stepAnswer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.steps = append(a.steps, s)
}

// Check holds the answers against the trace in the named file, which may lack its
// end. Its error names each answer that the trace contradicts, and the step by
// which it was given.
func (a *Answers) Check(path string) error {
	t, err := trace.ReadFile(path)
	if err != nil {
		if t, err = trace.ReadUnfinished(path); err != nil {
			return err
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	var wrong []error
	for _, told := range a.all {
		if err := told.check(t); err != nil {
			wrong = append(wrong, err)
		}
	}
	var taken []*trace.Event // each has brought an answer
	for _, told := range a.steps {
		others := taken
		if told.shared {
			others = nil
		}
		e, err := told.find(t, others)
		switch {
		case err != nil:
			wrong = append(wrong, err)
		case !told.shared:
			taken = append(taken, e)
		}
	}
	return errors.Join(wrong...)
}

// find returns the step that has brought the answer: the first that has brought no other.
func (a *stepAnswer) find(t *trace.Trace, taken []*trace.Event) (*trace.Event, error) {
	for i := range t.Events[:min(a.steps, len(t.Events))] {
		e := &t.Events[i]
		args, state := trace.NewRecord(e.Args), trace.NewRecord(e.State)
		is := a.is(e.Step, args, state)
		if err := errors.Join(args.Err(), state.Err()); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", t.Place(e), a.what, err)
		}
		if is && !slices.ContainsFunc(taken, func(other *trace.Event) bool { return same(other, e) }) {
			return e, nil
		}
	}
	return nil, fmt.Errorf("%w: %s, after step %d, and no step has brought that, or only one that has brought another answer",
		report.ErrWrongAnswer, a.what, a.steps)
}

// same says whether two events are the same step with the same arguments.
func same(a, b *trace.Event) bool {
	return a.Step == b.Step && trace.Equal(a.Args, b.Args)
}

func (a *answer) check(t *trace.Trace) error {
	if a.steps > len(t.Events) {
		return fmt.Errorf("%s was told after step %d, and %s has %d steps only", a.what, a.steps, t.Name, len(t.Events))
	}
	for i := a.steps - 1; i >= 0; i-- {
		e := &t.Events[i]
		if e.Args["node"] != a.node {
			continue
		}
		state := trace.NewRecord(e.State)
		holds := a.holds(state)
		if err := state.Err(); err != nil {
			return fmt.Errorf("step %d: %s: %w", i+1, a.what, err)
		}
		if !holds {
			return fmt.Errorf("%w: %s, after step %d; the last step of %s is %d, %s, with the state %v",
				report.ErrWrongAnswer, a.what, a.steps, a.node, i+1, e.Step, e.State)
		}
		return nil
	}
	return fmt.Errorf("%w: %s, after step %d, before any step of %s", report.ErrWrongAnswer, a.what, a.steps, a.node)
}
