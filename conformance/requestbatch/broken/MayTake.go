//go:build ignore

// Whatever comes is taken.
//
// expect: refused at Take (guard)

package requestbatch

func (c *ServerCore) MayTake(batch Message) bool { return true }
