//go:build ignore

// An entry is applied as soon as it has been appended, flushed or not.
//
// expect: refused at Apply (guard)

package writeaheadlog

func (c *Core) MayApply(index uint64) bool { return index <= c.length }
