//go:build ignore

// The retention time overrides the snapshot, too.
//
// expect: refused at DropOldest (guard)

package lowwatermark

func (c *Core) Mark() uint64 { return max(c.aged, min(c.SnapshotBound(), c.HolderBound())) }
