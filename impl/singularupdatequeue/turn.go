package singularupdatequeue

import (
	"context"
	"runtime/debug"
	"sync/atomic"
)

// Turn is what a handler works with. It is the handler's own until the handler
// returns.
type Turn[S, R any] struct {
	// State is the handler's copy of the state. It becomes the state if the
	// handler returns no error and does not go out on a call; otherwise it is
	// thrown away.
	State S

	over  atomic.Bool
	call  func() then[S, R]
	base  context.Context // for calls: it knows nothing of the turn
	queue any             // the queue itself, as the key under which a context knows the turn
}

// Context tells the queue that its own worker asks. Use it for all
// that a handler wants of a queue: then Submit does not wait for a place that
// only this handler could make, and Do and Wait return ErrOwnQueue where they
// would wait for this handler itself.
func (t *Turn[S, R]) Context() context.Context { return context.WithValue(t.base, t.queue, t) }

// Await lets the request go out on a call: the handler returns what Await
// returns, a goroutine makes the call, and its result comes back as an item of
// the queue. When the worker gets to it, it runs rest as the handler of the
// request, with the state as it is then. Only rest can answer, and only it can
// change the state: what the turn has changed before Await does not count.
//
// The call's context ends when the queue is stopped with Abandon. A call that
// panics returns a *PanicError. The request keeps its place in the queue
// meanwhile, so coming back never has to wait for one.
func Await[S, R, T any](t *Turn[S, R], call func(context.Context) (T, error), rest func(*Turn[S, R], T, error) (R, error)) (R, error) {
	base := t.base
	t.call = func() then[S, R] {
		v, err := protect(base, call)
		return func(t *Turn[S, R]) (R, error) { return rest(t, v, err) }
	}
	var none R
	return none, nil
}

// protect makes a call, and turns a panic into an error. A call that leaves by
// runtime.Goexit takes its goroutine with it, so it gets one of its own.
func protect[T any](ctx context.Context, call func(context.Context) (T, error)) (v T, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		returned := false
		defer func() {
			if !returned {
				err = &PanicError{Value: recover(), Stack: debug.Stack()}
			}
		}()
		v, err = call(ctx)
		returned = true
	}()
	<-done
	return v, err
}

// Pass hands the request on to another queue, the next stage, and awaits its
// answer there. The next stage gets the requests in the order in which the
// handlers of this one pass them on; the answers may come back in another. If
// there is no room the error comes at once: a worker does not wait. Room is
// certain if the next stage is as large as this one and has no other users,
// because a request keeps its place here while it is there.
func Pass[S, R, S2, Q2, R2 any](t *Turn[S, R], next *Queue[S2, Q2, R2], request Q2, rest func(*Turn[S, R], R2, error) (R, error)) (R, error) {
	future, err := next.Submit(noWait, request)
	if err != nil {
		var none R
		return none, err
	}
	return Await(t, future.Wait, rest)
}

// noWait is done already: a Submit with it does not wait for a place.
var noWait = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// Future is a promise of an answer.
type Future[R any] struct {
	answer[R]
	done  chan struct{}
	owner interface{ owns(context.Context) bool }
}

// answer is what the client of a request is told. Its zero value is no answer.
type answer[R any] struct {
	told   bool
	result R
	err    error
}

// Done returns a channel that is closed when the answer is there.
func (f *Future[R]) Done() <-chan struct{} { return f.done }

// Wait waits for the answer. If the context ends before, Wait returns its
// error; the request goes on and may still take effect.
func (f *Future[R]) Wait(ctx context.Context) (R, error) {
	select {
	case <-f.done:
		return f.result, f.err
	default:
	}
	var none R
	if f.owner != nil && f.owner.owns(ctx) {
		return none, ErrOwnQueue
	}
	select {
	case <-f.done:
		return f.result, f.err
	case <-ctx.Done():
		return none, context.Cause(ctx)
	}
}

// settle lets all that wait see the answer, if there is one.
func (it *Item[S, Q, R]) settle() {
	if !it.future.told {
		return
	}
	select {
	case <-it.future.done:
	default:
		close(it.future.done)
	}
}
