//go:build ignore

// The first answer is to the first request.
//
// expect: refused at Receive (guard)

package requestbatch

func (c *Core) IsAnswerTo(reply Message, i, k int) bool { return i == k }
