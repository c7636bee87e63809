//go:build ignore

// Entries are truncated wherever the caller says.
//
// expect: refused at TruncateFrom (guard)

package segmentedlog

func (c *Core) MayTruncate(uint64) bool { return true }
