//go:build ignore

// A restart looks at the entries that are left, and not at the compacted version.
//
// expect: refused at Restart (state)

package versionedvalue

func (c *Core) StartsAt() uint64 { return c.newestEntry() }
