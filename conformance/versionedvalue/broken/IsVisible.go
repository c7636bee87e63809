//go:build ignore

// A version can be read as soon as it is taken.
//
// expect: refused at Open (guard), Mark (guard), Changes (guard)

package versionedvalue

func (c *Core) IsVisible(v uint64) bool { return v <= c.last }
