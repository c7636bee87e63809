package singularupdatequeue

import (
	"fmt"
	"slices"

	"github.com/lockstep-tla/lockstep/trace"
)

// Start opens the queue.
func (c *Core[S, Q, R]) Start(policy Policy, capacity int) error {
	if c.mode != fresh || capacity <= 0 {
		return ErrNotAllowed
	}
	c.mode, c.policy, c.capacity = open, policy, capacity
	c.step("Start").String("policy", policy.String()).Int("capacity", capacity).State(c)
	return nil
}

// mayAsk reports whether there can be a request from there.
func (c *Core[S, Q, R]) mayAsk(from From) bool {
	return c.mode == open && (from == Client || len(c.busy) > 0)
}

func (c *Core[S, Q, R]) canEnter() bool { return c.HasRoom() && c.MayEnter() }

// add makes a new request.
func (c *Core[S, Q, R]) add(request Q, from From) *Item[S, Q, R] {
	c.asked++
	c.newest, c.from = request, from
	it := &Item[S, Q, R]{Request: request, number: c.asked, from: from}
	it.future.done = make(chan struct{})
	return it
}

// asks records what has become of the newest request.
func (c *Core[S, Q, R]) asks(s *trace.Step) *trace.Step {
	if s == nil {
		return nil
	}
	return s.Value("value", c.tracing.Request(c.newest)).String("from", string(c.from))
}

// Submit puts a request into the queue. A place there is no answer, because no
// handler has run.
func (c *Core[S, Q, R]) Submit(request Q, from From) (*Item[S, Q, R], error) {
	if !c.mayAsk(from) || !c.canEnter() {
		return nil, ErrNotAllowed
	}
	it := c.add(request, from)
	c.queue.push(it)
	c.asks(c.step("Submit")).State(c)
	return it, nil
}

// Block lets a request wait outside of the full queue.
func (c *Core[S, Q, R]) Block(request Q, from From) (*Item[S, Q, R], error) {
	if !c.mayAsk(from) || c.canEnter() || !c.MayBlock(from) {
		return nil, ErrNotAllowed
	}
	it := c.add(request, from)
	it.entered = make(chan struct{})
	c.waiting.push(it)
	c.asks(c.step("Block")).State(c)
	return it, nil
}

// Droppable returns the oldest request that may be dropped, or nil.
func (c *Core[S, Q, R]) Droppable() *Item[S, Q, R] {
	for it := range c.queue.all {
		if c.MayDrop(it) {
			return it
		}
	}
	return nil
}

// Reject turns a request away that has found the queue full. The item has its
// answer.
func (c *Core[S, Q, R]) Reject(request Q, from From) (*Item[S, Q, R], error) {
	if !c.mayAsk(from) || c.canEnter() || c.MayBlock(from) {
		return nil, ErrNotAllowed
	}
	if c.policy == DropOldest && c.Droppable() != nil {
		return nil, ErrNotAllowed
	}
	it := c.add(request, from)
	refusal := c.Refusal(ErrFull)
	c.tell(it, refusal)
	c.asks(c.refused("Reject", "rejected", refusal)).State(c)
	it.settle()
	return it, nil
}

// DropOldest puts a request into the full queue, in the place of the oldest one
// that may be dropped. It returns that one too.
func (c *Core[S, Q, R]) DropOldest(request Q, from From) (it, dropped *Item[S, Q, R], err error) {
	if !c.mayAsk(from) || c.canEnter() || c.policy != DropOldest {
		return nil, nil, ErrNotAllowed
	}
	if dropped = c.Droppable(); dropped == nil {
		return nil, nil, ErrNotAllowed
	}
	c.queue.remove(func(other *Item[S, Q, R]) bool { return other == dropped })
	refusal := c.Refusal(ErrDropped)
	c.tell(dropped, refusal)
	it = c.add(request, from)
	c.queue.push(it)
	c.asks(c.refused("DropOldest", "dropped", refusal)).Int("request", dropped.number).State(c)
	dropped.settle()
	return it, dropped, nil
}

// Admit lets the first of those that wait come in.
func (c *Core[S, Q, R]) Admit() error {
	if c.mode != open || c.waiting.len() == 0 || !c.HasRoom() {
		return ErrNotAllowed
	}
	it := c.waiting.pop()
	c.queue.push(it)
	c.step("Admit").State(c)
	close(it.entered)
	return nil
}

// GiveUp takes a request back that waits outside.
func (c *Core[S, Q, R]) GiveUp(it *Item[S, Q, R]) error {
	if !slices.Contains(slices.Collect(c.waiting.all), it) {
		return ErrNotAllowed
	}
	c.waiting.remove(func(other *Item[S, Q, R]) bool { return other == it })
	refusal := c.Refusal(ErrGaveUp)
	c.tell(it, refusal)
	c.refused("GiveUp", "gaveUp", refusal).Int("request", it.number).State(c)
	it.settle()
	return nil
}

// Take gives some requests to a worker, to work on one after the other.
func (c *Core[S, Q, R]) Take(n int) ([]*Item[S, Q, R], error) {
	if !c.MayTake() || n < 1 || n > c.queue.len() {
		return nil, ErrNotAllowed
	}
	items := c.Oldest(n)
	c.busy = append(c.busy, hands[S, Q, R]{items})
	c.step("Take").Int("count", n).State(c)
	return items, nil
}

// at finds the worker whose handler is at work on a request, or returns -1.
func (c *Core[S, Q, R]) at(it *Item[S, Q, R]) int {
	return slices.IndexFunc(c.busy, func(h hands[S, Q, R]) bool { return h.items[0] == it })
}

// putAway lets a worker go on with what it has taken.
func (c *Core[S, Q, R]) putAway(worker int) {
	h := &c.busy[worker]
	h.items = h.items[1:]
	if len(h.items) == 0 {
		c.busy = slices.Delete(c.busy, worker, worker+1)
	}
}

// Finish answers a request with its result, and takes over what its handler
// has made of the state.
func (c *Core[S, Q, R]) Finish(it *Item[S, Q, R], changed S, result R) error {
	outcome := answer[R]{told: true, result: result}
	if !c.returns(it, changed, outcome) {
		return ErrNotAllowed
	}
	if c.tracing.Recorder != nil {
		c.step("Finish").Int("request", it.number).Value("result", c.tracing.Result(result)).State(c)
	}
	it.settle()
	return nil
}

// returns takes note of a handler's outcome, and lets its worker go on. It reports
// false, and does nothing, where no handler is at work on the request.
func (c *Core[S, Q, R]) returns(it *Item[S, Q, R], changed S, outcome answer[R]) bool {
	w := c.at(it)
	if w < 0 {
		return false
	}
	if c.MayChange(outcome) {
		c.set(changed)
	}
	c.tell(it, outcome)
	c.putAway(w)
	return true
}

// Fail answers a request with the error that its handler has returned.
func (c *Core[S, Q, R]) Fail(it *Item[S, Q, R], changed S, err error) error {
	return c.fail("Fail", "failed", it, changed, fmt.Errorf("singular update queue: %w", err))
}

// Panic answers a request whose handler has panicked: a panic ends the handler,
// not the worker.
func (c *Core[S, Q, R]) Panic(it *Item[S, Q, R], changed S, cause *PanicError) error {
	return c.fail("Panic", "panicked", it, changed, cause)
}

func (c *Core[S, Q, R]) fail(step, how string, it *Item[S, Q, R], changed S, err error) error {
	outcome := c.Refusal(err)
	if !c.returns(it, changed, outcome) {
		return ErrNotAllowed
	}
	c.refused(step, how, outcome).Int("request", it.number).State(c)
	it.settle()
	return nil
}

// StartAsync lets a request go out on a call. What its handler has changed so
// far does not count.
func (c *Core[S, Q, R]) StartAsync(it *Item[S, Q, R]) error {
	w := c.at(it)
	if w < 0 {
		return ErrNotAllowed
	}
	c.out = append(c.out, it)
	c.putAway(w)
	c.step("StartAsync").Int("request", it.number).State(c)
	return nil
}

// AsyncDone puts a request whose call has returned into the queue again, with
// the rest of its handler. It does nothing else: the rest runs when the worker
// gets to it.
func (c *Core[S, Q, R]) AsyncDone(it *Item[S, Q, R], rest func(*Turn[S, R]) (R, error)) error {
	at := slices.Index(c.out, it)
	if at < 0 {
		return ErrNotAllowed
	}
	c.out = slices.Delete(c.out, at, at+1)
	it.back, it.then = true, rest
	c.queue.push(it)
	c.step("AsyncDone").Int("request", it.number).State(c)
	return nil
}

// Stop lets no request in any more, and answers those that no worker will serve.
func (c *Core[S, Q, R]) Stop(how How) error {
	if c.mode != open {
		return ErrNotAllowed
	}
	c.mode = mode(how.String())
	given := c.GivenUp(how)
	refusal := c.Refusal(ErrStopped)
	gone := make(map[*Item[S, Q, R]]bool, len(given))
	for _, it := range given {
		gone[it] = true
		c.tell(it, refusal)
	}
	isGone := func(it *Item[S, Q, R]) bool { return gone[it] }
	c.waiting.remove(isGone)
	c.queue.remove(isGone)
	c.refused("Stop", "stopped", refusal).String("how", how.String()).Int("count", len(given)).State(c)
	for _, it := range given {
		it.settle()
	}
	return nil
}

// End ends a queue that stops, when each request has its answer.
func (c *Core[S, Q, R]) End() error {
	if !c.Stopping() || !c.MayEnd() {
		return ErrNotAllowed
	}
	c.mode = stopped
	c.step("End").State(c)
	return nil
}

// Stopping reports whether the queue has been told to stop and has not ended.
func (c *Core[S, Q, R]) Stopping() bool {
	return c.mode == mode(Drain.String()) || c.mode == mode(Abandon.String())
}
