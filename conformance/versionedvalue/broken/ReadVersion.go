//go:build ignore

// A snapshot reads what is newest.
//
// expect: refused at Read (guard), Range (guard)

package versionedvalue

func (c *Core) ReadVersion(v uint64) uint64 { return c.visible }
