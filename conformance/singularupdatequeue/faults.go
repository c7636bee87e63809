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
var plans = []string{"finish", "fail", "panic", "exit", "call finish", "call fail", "panickingCall", "call call finish", "submit", "pass"}

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

// harness is a queue whose handlers do as the requests say, and a second one, which writes
// down what the first passes on to it. To the spec of the first, the second is a call like any
// other. What a client gets that it must not get is a surprise of the script.
type harness struct {
	toolbox.Script
	q     *queue
	rec   *trace.Recorder
	gate  chan struct{} // lets one handler that is held go on; closed: all
	phone chan struct{} // lets one call return; closed: all
	quick bool          // calls return at once
	wait  sync.WaitGroup

	mu      sync.Mutex
	replies map[reply]int // what Submit and Wait returned, how many times each

	next            *queue
	passed, written []string // by the workers only: what the first passes on, and the second gets
}

// operation is one thing that happens in a run.
type operation struct {
	Kind   uint8
	Value  uint8
	Plan   uint8
	Choice uint8
}

func valueOf(choice uint8) string { return toolbox.Pick(values, choice).(string) }

func (op operation) order() order {
	return order{value: valueOf(op.Value), plan: toolbox.Pick(plans, op.Plan)}
}

// patience is for what should come by itself.
var patience toolbox.Patience

func newHarness() *harness {
	h := &harness{replies: make(map[reply]int), gate: make(chan struct{}, 1000), phone: make(chan struct{}, 1000)}
	var err error
	h.next, err = suq.New(first, func(t *turn, o order) (string, error) {
		h.written = append(h.written, o.value)
		return "", nil
	}, options{})
	h.Must(err)
	return h
}

// inHarness records what do does with a queue, and stops the queue.
func inHarness(run conformance.Run, scenario string, o options, do func(*harness) suq.How) error {
	h := newHarness()
	err := toolbox.Record(run, header(scenario, run.Seed), func(rec *trace.Recorder) (err error) {
		h.rec = rec
		o.Trace = tracing(rec, func(o order) trace.Value { return o.value })
		if h.q, err = suq.New(first, h.handle, o); err != nil {
			return err
		}
		how := do(h)
		close(h.gate)
		close(h.phone)
		return errors.Join(h.stop(how), h.Err())
	})
	if err != nil {
		return err
	}
	return compareReplies(run.Path, h.replies)
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
		h.wait.Go(func() { h.awaits(value, future, err) })
		h.Refused(toolbox.ErrOf(h.q.Do(t.Context(), order{value: value})), suq.ErrOwnQueue)
	}
	return old, nil
}

// client asks, and notes the answer. It gives up waiting for a place when ctx ends.
func (h *harness) client(ctx context.Context, o order) {
	ctx, cancel := patience.Context(ctx)
	defer cancel()
	future, err := h.q.Submit(ctx, o)
	h.awaits(o.value, future, err)
}

// awaits notes what Submit has returned, or waits for the answer that it has promised.
func (h *harness) awaits(value string, future *suq.Future[string], err error) {
	result := ""
	if err == nil {
		ctx, cancel := patience.Context(context.Background())
		defer cancel()
		result, err = future.Wait(ctx)
	}
	h.returned(value, result, err)
}

// stop stops both queues. If the first has no end, because a request is never answered,
// the trace claims that it had: so a queue that hangs is refused.
func (h *harness) stop(how suq.How) error {
	ctx, cancel := patience.Context(context.Background())
	defer cancel()
	if err := h.q.Stop(ctx, how); err != nil {
		h.rec.Step("End").String("node", node).State(h.q)
		return fmt.Errorf("the queue does not stop: %w", err)
	}
	h.wait.Wait()
	err := h.next.Stop(ctx, suq.Drain)
	h.Check(err != nil || slices.Equal(h.passed, h.written), "passed on was %q, written down was %q", h.passed, h.written)
	return err
}

// small are the options of a small queue, which is soon full.
func small(seed int64) options {
	return options{Policy: toolbox.Pick(policies, seed), Capacity: int(seed/3%4) + 1, Batch: int(seed/2%3) + 1}
}

// faults does random things to a small queue. The first request holds the worker up, so
// that the others find the queue full, and then its handler panics.
func faults(_ context.Context, run conformance.Run) error {
	return inHarness(run, "faults", small(run.Seed), func(h *harness) suq.How {
		var waiting []context.CancelFunc
		for i, op := range toolbox.Workload[operation](run.Seed, 20, 30) {
			o := op.order()
			if o.held = op.Choice%3 == 0; i == 0 {
				o.held, o.plan = true, "panic"
			}
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
// done. No handler is held up, and calls return at once.
func crowd(_ context.Context, run conformance.Run) error {
	o, whenDone := small(run.Seed), run.Seed%2 == 0
	if o.Capacity = 4; whenDone {
		o.Capacity, o.Batch = 16, 8
	}
	return inHarness(run, "crowd", o, func(h *harness) suq.How {
		h.quick = true
		for i := range int64(30) {
			h.wait.Go(func() {
				for _, op := range toolbox.Workload[operation](run.Seed*1000+i, 2, 2) {
					h.client(context.Background(), op.order())
				}
			})
		}
		if whenDone {
			h.wait.Wait()
			return suq.Drain
		}
		for range 20 {
			runtime.Gosched()
		}
		return toolbox.Pick(ways, run.Seed/3)
	})
}

// reply is an answer: the value of the request, the trace's word for how it ended,
// and its result if it was served.
type reply struct{ value, told, result string }

// words are the trace's words for the errors that may answer the harness's requests.
var words = []struct {
	err  error
	told string
}{
	{suq.ErrFull, "rejected"}, {suq.ErrDropped, "dropped"}, {suq.ErrGaveUp, "gaveUp"},
	{suq.ErrStopped, "stopped"}, {suq.ErrPanicked, "panicked"}, {errPlanned, "failed"},
	{context.Canceled, "failed"}, // its call has ended with the queue
}

// wordFor is the trace's word for how a request ended; "" for an error that there must
// not be.
func wordFor(err error) string {
	if err == nil {
		return "done"
	}
	for _, w := range words {
		if errors.Is(err, w.err) {
			return w.told
		}
	}
	return ""
}

// returned notes what Submit or Wait returned for a request, which must be an answer
// that there is.
func (h *harness) returned(value, result string, err error) {
	told := wordFor(err)
	h.Check(told != "", "a request was answered with: %v", err)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.replies[reply{value, told, result}]++
}

// compareReplies returns an error if the clients were told anything else than the
// trace has. A request to a queue that has stopped is in no trace, and the client is
// told so.
func compareReplies(path string, returned map[reply]int) error {
	recorded, err := recordedReplies(path)
	if err != nil {
		return err
	}
	var wrong error
	for r := range returned {
		recorded[r] += 0
	}
	for r, n := range recorded {
		if m := returned[r]; m < n || m > n && r.told != "stopped" {
			wrong = errors.Join(wrong, fmt.Errorf("clients were told %+v %d times, which the trace has %d times", r, m, n))
		}
	}
	return wrong
}

// recordedReplies reads the answers from a trace.
func recordedReplies(path string) (map[reply]int, error) {
	replies := make(map[reply]int)
	asked := []string{""} // the values, by number
	var inside []int      // the requests that were in the queue or waited
	return replies, toolbox.Replayed(path, func(step string, args, state *trace.Record) {
		if args.Has("value") {
			asked = append(asked, args.String("value"))
		}
		before := inside
		inside = append(numbers(state.Value("queue")), numbers(state.Value("waiting"))...)
		r, answered := reply{told: "done"}, []int{len(asked) - 1}
		if args.Has("told") {
			r.told = args.String("told")
		}
		switch step {
		case "Finish":
			r.result, answered[0] = args.String("result"), args.Int("request")
		case "DropOldest", "GiveUp", "Fail", "Panic":
			answered[0] = args.Int("request")
		case "Stop":
			answered = slices.DeleteFunc(before, func(n int) bool { return slices.Contains(inside, n) })
		case "Reject": // the newest
		default:
			return
		}
		for _, n := range answered {
			r.value = asked[n]
			replies[r]++
		}
	})
}

func numbers(v trace.Value) (list []int) {
	for _, n := range v.([]trace.Value) {
		list = append(list, n.(int))
	}
	return list
}
