//go:build ignore

// The log is truncated wherever the caller says, even where entries have been applied.
//
// expect: refused at TruncateFrom (guard)

package writeaheadlog

func (c *Core) MayTruncate(index uint64) bool { return true }
