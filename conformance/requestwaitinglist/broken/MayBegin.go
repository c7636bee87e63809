//go:build ignore

// Calls begin at a node that does not lead.
//
// expect: refused at Begin (guard), Wait (guard)

package requestwaitinglist

func (c *Core) MayBegin() bool { return true }
