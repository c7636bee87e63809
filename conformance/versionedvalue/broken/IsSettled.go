//go:build ignore

// The newest version that is installed can be read, whatever is missing below.
//
// expect: refused at Install (state)

package versionedvalue

func (c *Core) IsSettled(v uint64) bool { return true }
