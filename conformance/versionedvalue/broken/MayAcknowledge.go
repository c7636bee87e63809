//go:build ignore

// A write is acknowledged as soon as it is installed.
//
// expect: refused at Acknowledge (guard)

package versionedvalue

func (c *Core) MayAcknowledge(version uint64) bool { return true }
