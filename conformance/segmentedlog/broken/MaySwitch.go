//go:build ignore

// The new file is there, and that is enough.
//
// expect: refused at RollSwitch (guard)

package segmentedlog

func (c *Core) MaySwitch() bool {
	if c.next == nil {
		c.next, _ = c.newFile(c.newest())
		_ = c.next.Open(0)
		_ = c.next.Serve()
	}
	return true
}
