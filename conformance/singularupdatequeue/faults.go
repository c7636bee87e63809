package singularupdatequeue

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	suq "github.com/lockstep-tla/lockstep/impl/singularupdatequeue"
	"github.com/lockstep-tla/lockstep/trace"
)

// plans are what requests do to the handlers that get them: what the handler does, and
// what it does when a call has returned; see act.
var plans = []string{"finish", "fail", "panic", "exit", "call finish", "call fail", "panickingCall", "call call finish", "submit"}

// order is a request to the register: a value to put in, and how that goes.
type order struct {
	value string
	plan  string // like one of plans; empty: it finishes
	held  bool   // it holds the worker up until the harness lets it go on
}

type (
	queue   = suq.Queue[string, order, string]
	options = suq.Options[string, order, string]
)

// harness is a queue whose handlers do as the requests say.
type harness struct {
	q     *queue
	rec   *trace.Recorder
	gate  chan struct{} // lets one handler that is held go on; closed: all
	phone chan struct{} // lets one call return; closed: all
	quick bool          // calls return at once
	wait  sync.WaitGroup
	mu    sync.Mutex
	wrong error // what a client got that it must not get

	replies map[reply]int // what Submit and Wait returned, how many times each

	next   *queue   // that requests are passed on to
	passed []string // to it, by the worker only
}

// operation is one thing that happens in a run.
type operation struct {
	Kind   uint8
	Value  uint8
	Plan   uint8
	Choice uint8
}

func workload(seed int64, from, to int) []operation {
	return toolbox.Workload[operation](seed, from, to)
}

func valueOf(choice uint8) string { return toolbox.Pick(values, choice).(string) }

func (op operation) order() order {
	return order{value: valueOf(op.Value), plan: toolbox.Pick(plans, op.Plan)}
}

// patience is for what should come by itself. Once it has run out in this process,
// no further run begins: it would only wait as well.
var patience toolbox.Patience

var errHung = errors.New("a run before this one hangs")

func newHarness(rec *trace.Recorder) *harness {
	return &harness{rec: rec, replies: make(map[reply]int), gate: make(chan struct{}, 1000), phone: make(chan struct{}, 1000)}
}

// inHarness records what do does with a queue, and stops the queue.
func inHarness(run conformance.Run, scenario string, o options, do func(*harness) suq.How) error {
	if patience.RanOut() {
		return errHung
	}
	h := newHarness(nil)
	err := toolbox.Record(run, header(scenario, run.Seed), func(rec *trace.Recorder) (err error) {
		h.rec = rec
		o.Trace = tracing(rec)
		if h.q, err = suq.New(first, h.handle, o); err != nil {
			return err
		}
		how := do(h)
		close(h.gate)
		close(h.phone)
		return errors.Join(h.stop(how), h.wrong)
	})
	if err != nil {
		return err
	}
	return compareReplies(run.Path, h.replies)
}

func tracing(rec *trace.Recorder) suq.Tracing[string, order, string] {
	show := func(v string) trace.Value { return v }
	return suq.Tracing[string, order, string]{
		Recorder: rec, Node: node, State: show, Result: show,
		Request: func(o order) trace.Value { return o.value },
	}
}

// handle is the handler.
func (h *harness) handle(t *turn, o order) (string, error) {
	if o.held {
		<-h.gate
	}
	return h.act(t, o.value, o.plan)
}

// act does the first thing of a plan and, when a call has returned, the rest. It changes
// its copy of the state first and fails then, because a failure in the middle is the hard
// one.
func (h *harness) act(t *turn, value, plan string) (string, error) {
	old := t.State
	t.State = value
	first, rest, _ := strings.Cut(plan, " ")
	switch first {
	case "fail":
		return "", errPlanned
	case "panic":
		panic(errPlanned)
	case "exit":
		runtime.Goexit()
	case "call", "panickingCall":
		return suq.Await(t, func(context.Context) (string, error) {
			if !h.quick {
				<-h.phone
			}
			if first == "panickingCall" {
				panic(errPlanned)
			}
			return value, nil
		}, func(t *turn, value string, err error) (string, error) {
			if err != nil {
				panic(err)
			}
			return h.act(t, value, rest)
		})
	case "pass":
		h.passed = append(h.passed, value)
		return suq.Pass(t, h.next, order{value: value}, func(t *turn, _ string, err error) (string, error) {
			old := t.State
			t.State = value
			return old, err
		})
	case "submit":
		future, err := h.q.Submit(t.Context(), order{value: value})
		if err == nil {
			h.wait.Go(func() { h.awaits(future, value) })
		} else {
			h.returned(value, "", err)
		}
		if _, err := h.q.Do(t.Context(), order{value: value}); !errors.Is(err, suq.ErrOwnQueue) {
			h.blame(fmt.Errorf("a handler that waits for its own queue: %w", err))
		}
	}
	return old, nil
}

// client asks, and notes the answer. It gives up waiting for a place when ctx ends.
func (h *harness) client(ctx context.Context, o order) {
	ctx, cancel := patience.Context(ctx)
	defer cancel()
	future, err := h.q.Submit(ctx, o)
	switch {
	case err != nil:
		h.returned(o.value, "", err)
	case future == nil:
		h.blame(errors.New("neither a promise nor an error"))
	default:
		h.awaits(future, o.value)
	}
}

// awaits waits for the answer that a request was promised.
func (h *harness) awaits(future *suq.Future[string], value string) {
	ctx, cancel := patience.Context(context.Background())
	defer cancel()
	result, err := future.Wait(ctx)
	h.returned(value, result, err)
}

// clients starts this number of goroutines, each of which asks a few times: for any of the
// plans, or for one.
func (h *harness) clients(seed int64, clients, times int, plans []string) {
	for i := range clients {
		h.wait.Go(func() {
			ctx, cancel := patience.Context(context.Background())
			defer cancel()
			for _, op := range workload(seed*1000+int64(i), times, times) {
				o := order{value: valueOf(op.Value), plan: toolbox.Pick(plans, op.Plan)}
				result, err := h.q.Do(ctx, o)
				h.returned(o.value, result, err)
			}
		})
	}
}

func (h *harness) blame(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.wrong = errors.Join(h.wrong, err)
}

// stop stops the queue. If that has no end, because a request is never answered,
// the trace claims that it had: so a queue that hangs is refused.
func (h *harness) stop(how suq.How) error {
	ctx, cancel := patience.Context(context.Background())
	defer cancel()
	if err := h.q.Stop(ctx, how); err != nil {
		h.rec.Step("End").String("node", node).State(h.q)
		return fmt.Errorf("the queue does not stop: %w", err)
	}
	h.wait.Wait()
	return nil
}

// small are the options of a small queue, which is soon full.
func small(seed int64) options {
	return options{Policy: toolbox.Pick(policies, seed), Capacity: int(seed/3%4) + 1, Batch: int(seed/2%3) + 1}
}

// faults does random things to a small queue. The first request holds the worker
// up, so that the others find the queue full.
func faults(_ context.Context, run conformance.Run) error {
	return inHarness(run, "faults", small(run.Seed), func(h *harness) suq.How {
		var waiting []context.CancelFunc
		for i, op := range workload(run.Seed, 20, 30) {
			o := op.order()
			o.held = i == 0 || op.Choice%3 == 0
			switch {
			case i == 0 || op.Kind%8 > 2:
				ctx, giveUp := context.WithCancel(context.Background())
				defer giveUp()
				waiting = append(waiting, giveUp)
				h.wait.Go(func() { h.client(ctx, o) })
			case op.Kind%8 == 0:
				h.gate <- struct{}{}
			case op.Kind%8 == 1:
				h.phone <- struct{}{}
			default:
				toolbox.Pick(waiting, op.Choice)()
			}
			for range op.Choice % 8 {
				runtime.Gosched() // mostly enough for the others to notice
			}
		}
		return toolbox.Pick(ways, run.Seed)
	})
}

// crowd lets many goroutines ask at once, and stops the queue meanwhile, or when all are
// done.
func crowd(_ context.Context, run conformance.Run) error {
	o, whenDone := small(run.Seed), run.Seed%2 == 0
	if o.Capacity = 4; whenDone {
		o.Capacity, o.Batch = 16, 8
	}
	return inHarness(run, "crowd", o, func(h *harness) suq.How {
		h.quick = whenDone
		h.wait.Go(func() { h.client(context.Background(), order{value: valueOf(0), held: !whenDone}) })
		h.clients(run.Seed, 30, 2, plans)
		if whenDone {
			h.wait.Wait()
			return suq.Drain
		}
		for i := range 20 {
			if i%5 == int(run.Seed%5) {
				h.gate <- struct{}{}
				h.phone <- struct{}{}
			}
			runtime.Gosched()
		}
		return toolbox.Pick(ways, run.Seed/3)
	})
}

// stages runs two queues. The first hands each request on to the second, which writes it
// down, and changes its state and answers only when that is done. To the spec of the first,
// the second is a call like any other.
func stages(_ context.Context, run conformance.Run) error {
	return inHarness(run, "stages", options{Capacity: 8, Batch: 3}, func(h *harness) suq.How {
		var written []string // by the second worker only
		var err error
		h.next, err = suq.New(first, func(t *turn, o order) (string, error) {
			written = append(written, o.value)
			return "", nil
		}, options{Capacity: 8})
		if err != nil {
			h.blame(err)
			return suq.Drain
		}
		h.clients(run.Seed, 12, 3, []string{"pass"})
		h.wait.Wait()
		ctx, cancel := patience.Context(context.Background())
		defer cancel()
		if err := h.next.Stop(ctx, suq.Drain); err != nil {
			h.blame(fmt.Errorf("the second stage does not stop: %w", err))
		} else if !slices.Equal(h.passed, written) {
			h.blame(fmt.Errorf("passed on was %q, written down was %q", h.passed, written))
		}
		return suq.Drain
	})
}

// loop drives the core as a user with a loop of their own may: it tries any step at
// any time, and mostly what the core must refuse. Nothing here runs beside anything
// else, so that a seed is always the same run.
//
// What the queue never does, such as to leave a request outside while there is room,
// happens here all the time.
func loop(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("loop", run.Seed), func(rec *trace.Recorder) error {
		made, err := newSystem(rec)
		if err != nil {
			return err
		}
		s := made.(*system)
		d := toolbox.Drive(s.Steps)
		d.Do("Start", map[string]trace.Value{"policy": toolbox.Pick(policies, run.Seed).String(), "capacity": capacities[run.Seed/3%4]})
		const tries, late = 200, 150
		for i, op := range workload(run.Seed, tries, tries) {
			switch kind := op.Kind % 16; {
			case d.Err() != nil:
			case kind == 0 && i > late:
				how := toolbox.Pick(ways, op.Plan)
				d.Try("Stop", map[string]trace.Value{"how": how.String(), "count": len(s.core.GivenUp(how))})
			case kind < 3 && i > late:
				d.Try("End", nil)
			case kind < 5:
				d.Try("Take", map[string]trace.Value{"count": int(op.Choice) % (s.core.Queued() + 2)})
			case kind < 10:
				s.tryWork(d, op)
			default:
				s.tryAsk(d, op)
			}
		}
		return d.Err()
	})
}

// tryWork does something with a request: one that does not matter, or the oldest
// with which the core lets it be done.
func (s *system) tryWork(d *toolbox.Driver, op operation) {
	step := toolbox.Pick([]string{"Finish", "Fail", "Panic", "StartAsync", "StartAsync", "AsyncDone", "AsyncDone", "GiveUp"}, op.Plan)
	for r := range len(s.items) {
		if op.Choice%4 == 0 {
			r = int(op.Value) // more often than not there is no such request, or it has its answer
		}
		if d.Try(step, map[string]trace.Value{"request": r + 1, "result": s.core.State()}) || d.Err() != nil {
			return
		}
	}
}

// tryAsk brings a new request, in the order in which the queue tries what may become
// of it, or in another; or it lets one in.
func (s *system) tryAsk(d *toolbox.Driver, op operation) {
	args := map[string]trace.Value{"value": valueOf(op.Value), "from": string(suq.Client)}
	if op.Choice%4 == 0 {
		args["from"] = string(suq.Worker)
	}
	if oldest := s.core.Droppable(); oldest != nil {
		args["request"] = oldest.Number()
	}
	steps := []string{"Submit", "Block", "DropOldest", "Reject"}
	switch op.Plan % 4 {
	case 0:
		slices.Reverse(steps)
	case 1:
		steps = []string{"Admit"}
	}
	for _, step := range steps {
		if d.Try(step, args) || d.Err() != nil {
			return
		}
	}
}
