//go:build ignore

// An answer's number is looked up, and its incarnation is not.
//
// expect: refused at Receive (state)

package requestwaitinglist

func (c *Core) IsOurs(id ID) bool { return true }
