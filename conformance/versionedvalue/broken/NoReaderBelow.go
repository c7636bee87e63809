//go:build ignore

// The collector does not look at readers.
//
// expect: refused at Mark (guard)

package versionedvalue

func (c *Core) NoReaderBelow(v uint64) bool { return true }
