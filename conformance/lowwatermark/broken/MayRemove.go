//go:build ignore

// One newer snapshot is enough.
//
// expect: refused at RemoveSnapshot (guard)

package lowwatermark

func (c *Core) MayRemove(index uint64) bool { return index < c.newest() }
