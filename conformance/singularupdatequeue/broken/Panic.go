//go:build ignore

// A handler that panics takes the worker with it, and all that the worker has in hand.
//
// expect: refused at End (guard)

package singularupdatequeue

func (c *Core[S, Q, R]) Panic(it *Item[S, Q, R], changed S, cause *PanicError) error { return nil }
