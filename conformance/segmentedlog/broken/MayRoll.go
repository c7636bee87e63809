//go:build ignore

// An empty segment counts as full.
//
// expect: refused at RollCreate (guard)

package segmentedlog

func (c *Core) MayRoll() bool { return true }
