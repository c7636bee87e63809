//go:build ignore

// Says that all that was ever begun is over.
//
// expect: refused at Close (guard)
package twophasecommit

func (c *Coordinator) MayClose(n uint64) bool { return n <= c.count }
