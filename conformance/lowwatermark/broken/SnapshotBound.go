//go:build ignore

// What is applied needs no log, whether a snapshot has it or not.
//
// expect: refused at DropOldest (guard)

package lowwatermark

func (c *Core) SnapshotBound() uint64 { return c.applied }
