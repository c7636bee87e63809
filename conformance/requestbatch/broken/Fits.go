//go:build ignore

// A request is added as long as the batch is not full.
//
// expect: refused at Cut (state)

package requestbatch

func (c *Core) Fits(n int) bool { return total(c.queue, n-1) < c.limits.MaxSize }
