//go:build ignore

// The caller that has come last is served first.
//
// expect: refused at Send (state)

package requestpipeline

func (c *Core) NextInQueue() int { return len(c.queue) - 1 }
