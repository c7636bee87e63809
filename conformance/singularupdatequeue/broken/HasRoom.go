//go:build ignore

// The queue takes whatever comes.
//
// expect: refused at Submit (guard)

package singularupdatequeue

func (c *Core[S, Q, R]) HasRoom() bool { return true }
