//go:build ignore

// The segment with the entry behind the mark goes, too.
//
// expect: refused at DropOldest (guard)

package lowwatermark

func (c *Core) MayDrop() bool { return c.hasTwo() && c.log.Segments()[1].Base-1 <= c.Mark()+1 }
