//go:build ignore

// A request that is larger than a batch does not fit into any, and blocks the queue.
//
// expect: explored at Cut (guard)

package requestbatch

func (c *Core) IsAlone(n int) bool { return false }
