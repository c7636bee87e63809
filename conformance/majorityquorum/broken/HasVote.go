//go:build ignore

// Every replica is asked, and counts if it answers.
//
// expect: refused at Answer (guard), Receive (state), Fail (guard), Fail (state)

package majorityquorum

func (c *Core) HasVote(node string) bool { return true }
