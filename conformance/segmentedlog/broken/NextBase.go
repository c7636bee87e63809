//go:build ignore

// The new segment is named after the last entry of the one before it.
//
// expect: refused at RollCreate (state)

package segmentedlog

func (c *Core) NextBase() uint64 { return c.length }
