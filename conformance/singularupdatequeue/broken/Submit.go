//go:build ignore

// A request is answered as soon as it is in the queue.
//
// expect: refused at Submit (state)

package singularupdatequeue

func (c *Core[S, Q, R]) Submit(request Q, from From) (*Item[S, Q, R], error) {
	if !c.mayAsk(from) || !c.canEnter() {
		return nil, ErrNotAllowed
	}
	it := c.add(request, from)
	c.queue.push(it)
	c.tell(it, answer[R]{told: true})
	c.asks(c.step("Submit")).State(c)
	it.settle()
	return it, nil
}
