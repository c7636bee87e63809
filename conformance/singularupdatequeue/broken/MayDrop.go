//go:build ignore

// The oldest request in the queue is dropped, even if it is back from a call.
//
// expect: refused at DropOldest (guard)

package singularupdatequeue

func (c *Core[S, Q, R]) MayDrop(it *Item[S, Q, R]) bool { return true }
