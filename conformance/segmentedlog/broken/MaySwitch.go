//go:build ignore

// The new file is there, and that is enough.
//
// expect: refused at RollSwitch (guard)

package segmentedlog

func (c *Core) MaySwitch() bool {
	if c.next == nil {
		c.next, _ = c.openFile(c.newest())
		_ = c.next.Serve()
	}
	return true
}
