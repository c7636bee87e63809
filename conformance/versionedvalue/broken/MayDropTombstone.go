//go:build ignore

// A tombstone goes at once, and what it hides comes back.
//
// expect: refused at Remove (guard)

package versionedvalue

func (c *Core) MayDropTombstone(e Entry) bool { return true }
