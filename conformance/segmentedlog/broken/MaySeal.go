//go:build ignore

// The old segment is left to the next flush, which is of another file.
//
// expect: refused at RollCreate (guard)

package segmentedlog

func (c *Core) MaySeal() bool { return true }
