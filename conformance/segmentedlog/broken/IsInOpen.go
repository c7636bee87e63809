//go:build ignore

// Truncation looks into the open segment only.
//
// expect: refused at TruncateFrom (guard)

package segmentedlog

func (c *Core) IsInOpen(uint64) bool { return true }
