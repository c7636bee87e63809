//go:build ignore

// A client waits for the next advance in any case.
//
// expect: refused at Wait (state)

package requestwaitinglist

func (c *Core) IsReached(index uint64) bool { return false }
