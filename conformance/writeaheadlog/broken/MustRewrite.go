//go:build ignore

// Recovery flushes, and does not write again what an earlier flush may have lost.
//
// expect: refused at Crash (guard)

package writeaheadlog

func (c *Core) MustRewrite(index uint64) bool { return false }
