//go:build ignore

// The retention time overrides the snapshot, too.
//
// expect: refused at Age (state)

package lowwatermark

func (c *Core) Mark() uint64 { return max(c.aged, min(c.SnapshotBound(), c.HolderBound())) }
