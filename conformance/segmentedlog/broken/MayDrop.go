//go:build ignore

// A sealed segment can be removed.
//
// expect: refused at DropOldest (guard)

package segmentedlog

func (c *Core) MayDrop() bool { return true }
