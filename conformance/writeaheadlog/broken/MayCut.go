//go:build ignore

// Recovery ends the log at the first record that it cannot read, and drops what is behind it, flushed or not.
//
// expect: refused at Cut (guard), SyncFails (guard)

package writeaheadlog

func (c *Core) MayCut(bad uint64) bool { return true }
