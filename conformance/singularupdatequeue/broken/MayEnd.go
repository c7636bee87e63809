//go:build ignore

// When the queue has been told to stop, it has stopped.
//
// expect: refused at End (guard)

package singularupdatequeue

func (c *Core[S, Q, R]) MayEnd() bool { return true }
