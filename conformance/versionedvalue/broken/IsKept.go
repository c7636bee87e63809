//go:build ignore

// A read below the compacted version gets what is left.
//
// expect: refused at Open (guard), Changes (guard)

package versionedvalue

func (c *Core) IsKept(v uint64) bool { return true }
