//go:build ignore

// The next answer is for the next request, whatever its number.
//
// expect: refused at Receive (guard)

package requestpipeline

func (c *Core) Matches(uint64) bool { return c.todo < len(c.window) }
