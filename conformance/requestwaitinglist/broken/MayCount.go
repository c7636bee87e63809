//go:build ignore

// Answers are counted, and not the peers that have sent them.
//
// expect: refused at Ask (guard), Receive (state)

package requestwaitinglist

func (c *call) MayCount(peer string) bool { return true }
