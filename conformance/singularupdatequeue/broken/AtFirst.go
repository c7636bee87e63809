//go:build ignore

// A request is answered as soon as it is in the queue.
//
// expect: refused at Submit (state), DropOldest (state)

package singularupdatequeue

func (c *Core[S, Q, R]) AtFirst() bool { return true }
