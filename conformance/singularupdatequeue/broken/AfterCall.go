//go:build ignore

// The goroutine that made the call changes the state, beside the worker.
//
// expect: refused at AsyncDone (state)

package singularupdatequeue

func (c *Core[S, Q, R]) AfterCall(it *Item[S, Q, R]) S {
	t := &Turn[S, R]{State: c.state}
	func() {
		defer func() { recover() }()
		it.then(t)
	}()
	return t.State
}
