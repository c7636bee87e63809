//go:build ignore

// A snapshot is labelled with the last entry in the log.
//
// expect: refused at TakeSnapshot (state), TakeSnapshot (guard)

package lowwatermark

func (c *Core) SnapshotIndex() uint64 { return c.log.Length() }
