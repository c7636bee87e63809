//go:build ignore

// The goroutine that made the call changes the state, beside the worker.
//
// expect: refused at AsyncDone (state)

package singularupdatequeue

import "slices"

func (c *Core[S, Q, R]) AsyncDone(it *Item[S, Q, R], rest func(*Turn[S, R]) (R, error)) error {
	at := slices.Index(c.out, it)
	if at < 0 {
		return ErrNotAllowed
	}
	c.out = slices.Delete(c.out, at, at+1)
	it.back, it.then = true, rest
	c.queue.push(it)
	t := &Turn[S, R]{State: c.state}
	func() {
		defer func() { recover() }()
		it.then(t)
	}()
	c.set(t.State)
	c.step("AsyncDone").Int("request", it.number).State(c)
	return nil
}
