//go:build ignore

// A call fails when a quorum has said no: with half and half it waits for ever.
//
// expect: refused at Receive (state), SendFails (state)

package requestwaitinglist

func (c *call) IsImpossible() bool { return c.no >= c.quorum }
