//go:build ignore

// Every replica counts that answers.
//
// expect: refused at Receive (state), Fail (guard), Fail (state)

package majorityquorum

func (c *Core) HasVote(node string) bool { return true }
