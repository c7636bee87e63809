package singularupdatequeue

import (
	"slices"

	"github.com/lockstep-tla/lockstep/trace"
)

// Policy says what happens to a request that finds the queue full.
type Policy int

const (
	// Block lets the submitter wait for a place, in turn. A submitter that waits
	// holds back the work that it would bring: that is the back-pressure.
	Block Policy = iota
	// Reject turns the request away with ErrFull.
	Reject
	// DropOldest lets the oldest request go that has not begun, with ErrDropped.
	// If all have begun, the new one is turned away.
	DropOldest
)

var policyNames = []string{"block", "reject", "dropOldest"}

// String is the policy's name in traces.
func (p Policy) String() string { return policyNames[p] }

// How says what becomes of the requests in a queue that is stopped.
type How int

const (
	// Drain serves them all.
	Drain How = iota
	// Abandon serves only those that have begun: the one in work and those
	// taken with it, and those that are out on a call or back from one. The
	// others get ErrStopped.
	Abandon
)

var howNames = []string{"drain", "abandon"}

// String is its name in traces.
func (h How) String() string { return howNames[h] }

// From is the origin of a request.
type From string

const (
	Client From = "client" // any goroutine
	Worker From = "worker" // the handler that is at work
)

// mode is where a queue is in its life.
type mode string

const (
	fresh   mode = "new"
	open    mode = "open"
	stopped mode = "stopped"
)

// Item is a request on its way through a Core.
type Item[S, Q, R any] struct {
	// Request is what was asked.
	Request Q
	number  int
	from    From
	back    bool          // it has been out on a call
	then    then[S, R]    // what to do when it is back
	entered chan struct{} // closed when it gets a place; nil if it never waited
	future  Future[R]     // its answer
}

// then is the rest of a handler, behind a call.
type then[S, R any] func(*Turn[S, R]) (R, error)

// Number says how many requests there were up to this one.
func (it *Item[S, Q, R]) Number() int { return it.number }

// hands holds the items that a worker at work has taken. It works on the first.
type hands[S, Q, R any] struct{ items []*Item[S, Q, R] }

// Core is the queue without goroutines, locks and clock: a method for each step
// of the spec, and one for each of its rules. It is for callers that bring a loop
// of their own; all others use Queue, which is built on it. A step that the
// present state does not allow returns ErrNotAllowed and changes nothing.
//
// Only one goroutine at a time may use a Core.
type Core[S, Q, R any] struct {
	tracing Tracing[S, Q, R]

	mode     mode
	policy   Policy
	capacity int
	state    S
	shown    trace.Value // the state as the trace shows it; only if steps are recorded
	newest   Q           // the newest request, for the trace too
	from     From

	asked    int // requests so far
	answered int
	waiting  list[*Item[S, Q, R]]
	queue    list[*Item[S, Q, R]]
	busy     []hands[S, Q, R]
	out      []*Item[S, Q, R]
}

// NewCore returns a core that guards a state. Start is its first step.
func NewCore[S, Q, R any](state S, tracing Tracing[S, Q, R]) *Core[S, Q, R] {
	c := &Core[S, Q, R]{tracing: tracing, mode: fresh}
	c.set(state)
	return c
}

// The rules. Each is one reason why this works.

// MayTake reports whether a worker may take something: only if none is at work.
func (c *Core[S, Q, R]) MayTake() bool { return len(c.busy) == 0 }

// Oldest takes the n oldest ones out of the queue, in their order.
func (c *Core[S, Q, R]) Oldest(n int) []*Item[S, Q, R] {
	items := make([]*Item[S, Q, R], n)
	for i := range items {
		items[i] = c.queue.pop()
	}
	return items
}

// HasRoom reports whether one more may come in: the queue is bounded.
func (c *Core[S, Q, R]) HasRoom() bool { return c.Inside() < c.capacity }

// MayEnter reports whether a new request may come in if there is room: not before
// those that wait.
func (c *Core[S, Q, R]) MayEnter() bool { return c.waiting.len() == 0 }

// MayBlock reports whether a request may wait for a place: never the worker's own,
// because only the worker could make one.
func (c *Core[S, Q, R]) MayBlock(from From) bool { return c.policy == Block && from != Worker }

// MayDrop reports whether a request may be dropped for a newer one: only if it has
// not begun. If it is back from a call, the call has been made.
func (c *Core[S, Q, R]) MayDrop(it *Item[S, Q, R]) bool { return !it.back }

// Refusal is the answer of a request that was not served, or not to its end: its
// error says so.
func (c *Core[S, Q, R]) Refusal(reason error) answer[R] { return answer[R]{told: true, err: reason} }

// MayChange reports whether a handler's copy of the state becomes the state: only
// if the handler has finished. One that fails may have changed half of it.
func (c *Core[S, Q, R]) MayChange(outcome answer[R]) bool { return outcome.err == nil }

// GivenUp returns the requests that no worker will serve when the queue is
// stopped like that.
func (c *Core[S, Q, R]) GivenUp(how How) []*Item[S, Q, R] {
	given := slices.Collect(c.waiting.all)
	if how == Abandon {
		for it := range c.queue.all {
			if !it.back {
				given = append(given, it)
			}
		}
	}
	return given
}

// MayEnd reports whether the queue has stopped: each request has its answer.
func (c *Core[S, Q, R]) MayEnd() bool { return c.Inside() == 0 && c.waiting.len() == 0 }

// Inside is how many requests have a place: from when they come in until they
// are answered. One that is out on a call keeps its place, so it need not ask
// for one when it comes back.
func (c *Core[S, Q, R]) Inside() int {
	n := c.queue.len() + len(c.out)
	for i := range c.busy {
		n += len(c.busy[i].items)
	}
	return n
}

// State returns the state. If S is a pointer or holds one, only the worker may
// look at what it points to.
func (c *Core[S, Q, R]) State() S { return c.state }

// Queued returns how many requests could be taken.
func (c *Core[S, Q, R]) Queued() int { return c.queue.len() }

// set changes the state.
func (c *Core[S, Q, R]) set(state S) {
	c.state = state
	if c.tracing.Recorder != nil {
		c.shown = c.tracing.State(state)
	}
}

// tell gives a request its answer. The first one stays.
func (c *Core[S, Q, R]) tell(it *Item[S, Q, R], a answer[R]) {
	if it.future.told {
		return
	}
	it.future.answer = a
	c.answered++
}

// step begins to record a step.
func (c *Core[S, Q, R]) step(name string) *trace.Step {
	return c.tracing.Recorder.Step(name).String("node", c.tracing.Node)
}

// refused begins to record a step that refuses a request: what its client is told
// belongs to the step.
func (c *Core[S, Q, R]) refused(step, how string, a answer[R]) *trace.Step {
	if a.err == nil {
		how = "done"
	}
	return c.step(step).String("told", how)
}

// View adds what the spec's View(node) has.
func (c *Core[S, Q, R]) View(o *trace.Object) {
	policy := "none"
	if c.mode != fresh {
		policy = c.policy.String()
	}
	o.String("mode", string(c.mode)).String("policy", policy).Int("capacity", c.capacity)
	o.Value("state", c.shown)
	o.Int("asked", c.asked)
	o.Record("newest", func(o *trace.Object) {
		if c.asked == 0 {
			o.String("value", "")
		} else {
			o.Value("value", c.tracing.Request(c.newest))
		}
		o.String("from", string(c.from))
	})
	o.Int("answered", c.answered)
	o.Ints("waiting", numbers(c.waiting.all)...)
	o.Ints("queue", numbers(c.queue.all)...)
	var inHands []int
	for _, h := range c.busy {
		inHands = append(inHands, numbers(slices.Values(h.items))...)
	}
	o.Ints("hands", inHands...)
	o.Ints("out", numbers(slices.Values(c.out))...)
}

// numbers lists the numbers of requests, in their order.
func numbers[S, Q, R any](items func(func(*Item[S, Q, R]) bool)) []int {
	var list []int
	items(func(it *Item[S, Q, R]) bool {
		list = append(list, it.number)
		return true
	})
	return list
}
