package singularupdatequeue

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"sync"

	"github.com/lockstep-tla/lockstep/trace"
)

// Handler makes one change. It is called by one goroutine at a time, in the
// order in which the requests came in, and works on the turn's copy of the
// state. If it returns an error or panics, the request gets that as its answer,
// the state is as before, and the queue goes on.
//
// The copy is made by assignment. If S is a pointer, a map or a slice, or holds
// one, then what it points to is not copied: a handler that may fail after it
// has begun to change that must undo it, or Options.Clone must copy it.
//
// A handler must not wait for anything slow: it goes out on a call with Await.
type Handler[S, Q, R any] func(t *Turn[S, R], request Q) (R, error)

// Options are how a queue is made. Its zero value blocks when it is full.
type Options[S, Q, R any] struct {
	// Policy says what happens to a request that finds the queue full.
	Policy Policy
	// Capacity is how many requests may be inside and not yet answered: in the
	// queue, in work, or out on a call. The default is 1024, the most is
	// Unbounded.
	Capacity int
	// Batch is how many requests the worker takes out of the queue at most
	// before it looks at the queue again. It still works on one after the
	// other. The default is 64.
	Batch int
	// Clone copies the state for a turn, if an assignment is not enough.
	Clone func(S) S
	// Trace records the steps, if its Recorder is not nil.
	Trace Tracing[S, Q, R]
}

// Unbounded is a capacity that is not reached before the memory ends.
const Unbounded = math.MaxInt32

// Tracing is how a queue records its steps. Without a Recorder it does not, and
// needs nothing else.
type Tracing[S, Q, R any] struct {
	Recorder *trace.Recorder
	Node     string // how the trace calls the queue
	State    func(S) trace.Value
	Request  func(Q) trace.Value
	Result   func(R) trace.Value
}

// Queue guards a state that only one goroutine changes, its worker. All others
// submit requests. Its methods may be called by any number of goroutines.
type Queue[S, Q, R any] struct {
	options Options[S, Q, R]
	handler Handler[S, Q, R]

	mu     sync.Mutex
	wake   sync.Cond // there may be work, or an end of it
	core   *Core[S, Q, R]
	calls  context.Context // of the calls
	cancel context.CancelFunc
	ended  chan struct{}
}

// New makes a queue that guards the state, and starts its worker. Stop ends it.
func New[S, Q, R any](state S, handler Handler[S, Q, R], options Options[S, Q, R]) (*Queue[S, Q, R], error) {
	if options.Capacity == 0 {
		options.Capacity = 1024
	}
	if options.Batch == 0 {
		options.Batch = 64
	}
	t := &options.Trace
	switch {
	case handler == nil:
		return nil, errors.New("singular update queue: there is no handler")
	case options.Policy < Block || options.Policy > DropOldest:
		return nil, fmt.Errorf("singular update queue: no policy has the number %d", options.Policy)
	case options.Capacity < 0 || options.Capacity > Unbounded:
		return nil, fmt.Errorf("singular update queue: Capacity must be from 1 to Unbounded, not %d", options.Capacity)
	case options.Batch < 0:
		return nil, fmt.Errorf("singular update queue: Batch must be at least 1, not %d", options.Batch)
	case t.Recorder != nil && (t.State == nil || t.Request == nil || t.Result == nil):
		return nil, errors.New("singular update queue: to record its steps, Trace must say how to show state, request and result")
	}
	if t.Node == "" {
		t.Node = "queue"
	}
	q := &Queue[S, Q, R]{options: options, handler: handler, ended: make(chan struct{})}
	q.wake.L = &q.mu
	q.calls, q.cancel = context.WithCancel(context.Background())
	q.core = NewCore(state, options.Trace)
	if err := q.core.Start(options.Policy, options.Capacity); err != nil {
		return nil, err
	}
	q.startWorker(nil)
	return q, nil
}

// Submit puts a request into the queue and returns a promise of its answer. If
// the queue is full, the policy decides. With Block, Submit waits until there is
// a place or the context ends, and then its error is beside ErrGaveUp; if the
// context has ended already, Submit does not wait. An error means that the
// request has had no effect and will have none.
func (q *Queue[S, Q, R]) Submit(ctx context.Context, request Q) (*Future[R], error) {
	q.mu.Lock()
	it, err := q.enter(request, q.from(ctx))
	q.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if it.entered == nil {
		return &it.future, nil
	}
	select {
	case <-it.entered:
		return &it.future, nil
	case <-it.future.done: // perhaps it has been in, too
		return it.admitted()
	case <-ctx.Done():
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.core.GiveUp(it); err == nil {
		return nil, errors.Join(it.future.err, context.Cause(ctx))
	}
	return it.admitted() // it was too late for giving up
}

// admitted returns what the client of a request that has waited for a place is told.
func (it *Item[S, Q, R]) admitted() (*Future[R], error) {
	select {
	case <-it.entered:
		return &it.future, nil
	default:
		return nil, it.future.err
	}
}

// enter lets a request come in, wait, or go.
func (q *Queue[S, Q, R]) enter(request Q, from From) (*Item[S, Q, R], error) {
	it, err := q.core.Submit(request, from)
	if err != nil && q.core.Stopping() || q.core.mode == stopped {
		return nil, ErrStopped
	}
	if err != nil {
		it, err = q.core.Block(request, from)
	}
	if err != nil {
		it, _, err = q.core.DropOldest(request, from)
	}
	if err != nil {
		if it, err = q.core.Reject(request, from); err == nil {
			err = it.future.err
		}
	}
	if err != nil {
		return nil, err
	}
	it.future.owner = q
	q.wake.Signal()
	return it, nil
}

// Do submits a request and waits for its answer. If the context ends while the
// request is in the queue, it goes on and may still take effect.
func (q *Queue[S, Q, R]) Do(ctx context.Context, request Q) (R, error) {
	var none R
	if q.owns(ctx) {
		return none, ErrOwnQueue
	}
	future, err := q.Submit(ctx, request)
	if err != nil {
		return none, err
	}
	return future.Wait(ctx)
}

// Stop lets no request in any more, and waits until each has its answer, or
// until the context ends; then the queue goes on stopping. The first call
// decides how. A handler that stops its own queue does not wait and gets
// ErrOwnQueue.
func (q *Queue[S, Q, R]) Stop(ctx context.Context, how How) error {
	if how != Drain && how != Abandon {
		return fmt.Errorf("singular update queue: there is no way %d to stop", how)
	}
	q.mu.Lock()
	if err := q.core.Stop(how); err == nil {
		if how == Abandon {
			q.cancel()
		}
		q.endIfOver()
	}
	q.mu.Unlock()
	if q.owns(ctx) {
		return ErrOwnQueue
	}
	select {
	case <-q.ended:
		return nil
	default:
	}
	select {
	case <-q.ended:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// View adds what the spec's View(node) has, for a trace.
func (q *Queue[S, Q, R]) View(o *trace.Object) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.core.View(o)
}

// owns reports whether a context belongs to a turn of this queue that is not over.
// The queue itself is the key under which a context knows its turn.
func (q *Queue[S, Q, R]) owns(ctx context.Context) bool {
	t, _ := ctx.Value(q).(*Turn[S, R])
	return t != nil && !t.over.Load()
}

// from returns the origin of a request.
func (q *Queue[S, Q, R]) from(ctx context.Context) From {
	if q.owns(ctx) {
		return Worker
	}
	return Client
}

// startWorker starts the worker, with what one before it has left.
func (q *Queue[S, Q, R]) startWorker(left []*Item[S, Q, R]) { go q.work(left) }

// work is the worker. It works on what it has taken, then takes more.
func (q *Queue[S, Q, R]) work(taken []*Item[S, Q, R]) {
	var t *Turn[S, R]
	defer func() {
		if t != nil { // a handler has not returned
			q.recovered(taken, t, &PanicError{Value: recover(), Stack: debug.Stack()})
		}
	}()
	q.mu.Lock()
	for {
		for len(taken) == 0 {
			if q.core.mode == stopped {
				q.mu.Unlock()
				return
			}
			items, err := q.core.Take(min(q.core.Queued(), q.options.Batch))
			if err != nil {
				q.wake.Wait()
				continue
			}
			taken = items
		}
		it, turn := taken[0], q.begin()
		t = turn
		q.mu.Unlock()
		result, err := q.handle(turn, it)
		q.mu.Lock()
		t, taken = nil, taken[1:]
		q.end(it, turn, result, err)
	}
}

// handle runs the handler of a request, or the rest of it.
func (q *Queue[S, Q, R]) handle(t *Turn[S, R], it *Item[S, Q, R]) (R, error) {
	if it.then != nil {
		return it.then(t)
	}
	return q.handler(t, it.Request)
}

// begin makes a turn.
func (q *Queue[S, Q, R]) begin() *Turn[S, R] {
	t := &Turn[S, R]{State: q.core.State(), base: q.calls, queue: q}
	if q.options.Clone != nil {
		t.State = q.options.Clone(t.State)
	}
	return t
}

// end follows the return of a handler.
func (q *Queue[S, Q, R]) end(it *Item[S, Q, R], t *Turn[S, R], result R, err error) {
	t.over.Store(true)
	switch {
	case err != nil:
		err = q.core.Fail(it, t.State, err)
	case t.call != nil:
		if err = q.core.StartAsync(it); err == nil {
			go q.call(it, t.call)
		}
	default:
		err = q.core.Finish(it, t.State, result)
	}
	q.settled(err)
}

// call makes a call, and puts its result into the queue.
func (q *Queue[S, Q, R]) call(it *Item[S, Q, R], call func() then[S, R]) {
	rest := call()
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.core.AsyncDone(it, rest); err != nil {
		panic(err) // it went out, and comes back once
	}
	q.wake.Signal()
}

// recovered follows the panic of a handler. Its goroutine cannot be saved after
// runtime.Goexit, so another one goes on as the worker.
func (q *Queue[S, Q, R]) recovered(taken []*Item[S, Q, R], t *Turn[S, R], cause *PanicError) {
	q.mu.Lock()
	defer q.mu.Unlock()
	t.over.Store(true)
	q.settled(q.core.Panic(taken[0], t.State, cause))
	q.startWorker(taken[1:])
}

// settled follows when the worker is done with a request: there may be a place for
// one that waits, or the queue has stopped.
func (q *Queue[S, Q, R]) settled(err error) {
	if err != nil {
		panic(err) // only the worker can be done with it
	}
	for q.core.Admit() == nil {
	}
	q.endIfOver()
}

// endIfOver ends the queue if it is stopping and each request has its answer.
func (q *Queue[S, Q, R]) endIfOver() {
	if q.core.End() == nil {
		q.cancel()
		close(q.ended)
		q.wake.Signal()
	}
}
