//go:build ignore

// The next batch takes the place of the one in flight.
//
// expect: refused at Cut (guard)

package requestbatch

func (c *Core) MayCut() bool { return true }
