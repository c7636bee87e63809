//go:build ignore

// A no counts as well.
//
// expect: refused at Receive (state), SendFails (state)

package requestwaitinglist

func (c *call) HasQuorum() bool { return c.yes+c.no >= c.quorum }
