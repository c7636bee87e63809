//go:build ignore

// A reader leaves out the open segment, unless there is no other.
//
// expect: refused at Read (guard)

package segmentedlog

func (c *Core) Holds(k int, index uint64) bool {
	newest := len(c.segments) - 1
	if k == newest {
		return newest == 0
	}
	return c.segments[k].Base <= index && index < c.segments[k+1].Base
}
