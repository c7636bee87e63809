//go:build ignore

// A late vote counts in the next election.
//
// expect: refused at Count (guard)

package generationclock

func (c *Core) IsVoteFor(m *Message) bool { return true }
