package singularupdatequeue

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	fuzz "github.com/google/gofuzz"

	"github.com/lockstep-tla/lockstep/conformance"
	suq "github.com/lockstep-tla/lockstep/impl/singularupdatequeue"
	"github.com/lockstep-tla/lockstep/trace"
)

// plan is what a request does to the handler that gets it.
type plan uint8

const (
	finish plan = iota
	fail
	panics
	goexits
	calls          // out on a call, and then finish
	callsAndFails  // out on a call, and then fail
	callsAndPanics // out on a call that panics, and the rest panics too
	callsTwice     // out on a call, and from there on another one
	asks           // the handler has a request of its own
	plans
)

// order is a request to the register: a value to put in, and how that goes.
type order struct {
	value string
	plan  plan
	held  bool // it holds the worker up until the world lets it go on
}

// queue is the queue under test.
type queue = suq.Queue[string, order, string]

// world is a queue whose requests do as they are told.
type world struct {
	q     *queue
	rec   *trace.Recorder
	gate  chan struct{} // lets one handler that is held go on; closed: all
	phone chan struct{} // lets one call return; closed: all
	quick bool          // calls return at once
	wait  sync.WaitGroup
	mu    sync.Mutex
	wrong error // what a client has heard that it must not hear
}

// operation is one thing that is done to the world; gofuzz fills it in.
type operation struct {
	Kind   uint8
	Value  uint8
	Plan   uint8
	Choice uint8
}

// workload returns the operations that a seed stands for.
func workload(seed int64, from, to int) []operation {
	var ops []operation
	fuzz.NewWithSeed(seed).NilChance(0).NumElements(from, to).Fuzz(&ops)
	return ops
}

func valueOf(choice uint8) string { return values[int(choice)%len(values)].(string) }

func (op operation) order() order {
	return order{value: valueOf(op.Value), plan: plan(op.Plan) % plans}
}

// inWorld makes a world, records what do does in it, stops it, and finishes the
// trace even if that fails.
func inWorld(run conformance.Run, scenario string, options suq.Options[string, order, string], do func(*world) suq.How) (err error) {
	if hung.Load() {
		return errHung
	}
	rec, err := trace.Create(run.Path, header(scenario, run.Seed))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rec.Close()) }()
	w := &world{rec: rec, gate: make(chan struct{}, 1000), phone: make(chan struct{}, 1000)}
	options.Trace = tracing(rec)
	if w.q, err = suq.New(first, w.handle, options); err != nil {
		return err
	}
	how := do(w)
	close(w.gate)
	close(w.phone)
	return errors.Join(w.end(how), w.wrong)
}

func tracing(rec *trace.Recorder) suq.Tracing[string, order, string] {
	show := func(v string) trace.Value { return v }
	return suq.Tracing[string, order, string]{
		Recorder: rec, Node: node, State: show, Result: show,
		Request: func(o order) trace.Value { return o.value },
	}
}

// handle is the handler. It changes its copy of the state first and fails then,
// because a failure in the middle is the hard one.
func (w *world) handle(t *turn, o order) (string, error) {
	if o.held {
		<-w.gate
	}
	old := t.State
	t.State = o.value
	switch o.plan {
	case fail:
		return "", errPlanned
	case panics:
		panic(errPlanned)
	case goexits:
		runtime.Goexit()
	case calls, callsAndFails, callsAndPanics, callsTwice:
		return suq.Await(t, w.call(o), w.back(o))
	case asks:
		if _, err := w.q.Submit(t.Context(), order{value: o.value}); !known(err) {
			w.blame(err)
		}
		if _, err := w.q.Do(t.Context(), order{value: o.value}); !errors.Is(err, suq.ErrOwnQueue) {
			w.blame(fmt.Errorf("a handler that waits for its own queue: %w", err))
		}
	}
	return old, nil
}

// call is a call that takes until the world lets it return.
func (w *world) call(o order) func(context.Context) (string, error) {
	return func(context.Context) (string, error) {
		if !w.quick {
			<-w.phone
		}
		if o.plan == callsAndPanics {
			panic(errPlanned)
		}
		return o.value, nil
	}
}

// back is the rest of a handler, when its call has returned.
func (w *world) back(o order) func(*turn, string, error) (string, error) {
	return func(t *turn, value string, err error) (string, error) {
		old := t.State
		t.State = value
		switch o.plan {
		case callsAndFails:
			return "", errPlanned
		case callsAndPanics:
			panic(err)
		case callsTwice:
			return suq.Await(t, w.call(o), w.back(order{value: o.value, plan: calls}))
		}
		return old, nil
	}
}

// client asks, and looks at what it hears.
func (w *world) client(ctx context.Context, o order) {
	wait, cancel := patience()
	defer cancel()
	place, leave := context.WithCancel(wait) // whoever gives up leaves, and so does whoever hangs
	defer leave()
	defer context.AfterFunc(ctx, leave)()
	future, err := w.q.Submit(place, o)
	switch {
	case err == nil && future != nil:
		_, err = future.Wait(wait)
	case err == nil:
		err = errors.New("neither a promise nor an error")
	}
	lost(wait)
	if !known(err) {
		w.blame(err)
	}
}

func (w *world) blame(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wrong = errors.Join(w.wrong, err)
}

// hung is set once somebody has waited in vain for something that should come by
// itself. In such a process no further run begins: it would only wait as well.
var hung atomic.Bool

var errHung = errors.New("a run before this one hangs")

// patience ends when something hangs.
func patience() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), conformance.WaitLimit())
}

// lost notes that something has not come to its end in time.
func lost(ctx context.Context) {
	if ctx.Err() != nil {
		hung.Store(true)
	}
}

// end stops the queue. If that has no end, because somebody still waits for an
// answer, the trace claims that it had: so a queue that hangs is refused.
func (w *world) end(how suq.How) error {
	ctx, cancel := patience()
	defer cancel()
	if err := w.q.Stop(ctx, how); err != nil {
		lost(ctx)
		w.rec.Step("End").String("node", node).State(w.q)
		return fmt.Errorf("the queue does not stop: %w", err)
	}
	w.wait.Wait()
	return nil
}
