//go:build ignore

// Stopping answers no client.
//
// expect: refused at Stop (guard)

package singularupdatequeue

func (c *Core[S, Q, R]) GivenUp(how How) []*Item[S, Q, R] { return nil }
