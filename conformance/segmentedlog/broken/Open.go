//go:build ignore

// A newest segment without a whole header is taken for damage.
//
// expect: refused at Open (state)

package segmentedlog

import (
	"fmt"

	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
)

func (c *Core) Open() error {
	if err := c.work.Allow(c.mode == down); err != nil {
		return err
	}
	segments, err := c.list()
	if err == nil && len(segments) > 1 {
		newest := segments[len(segments)-1]
		if f, err := c.config.FS.Open(c.path(newest)); err == nil {
			size, _ := f.Size()
			_ = f.Close()
			if size < 24 { // the header of a log's file
				c.segments, c.mode, c.open, c.length = segments, refused, newest.Number, newest.Base-1
				c.step("Open").State(c)
				return fmt.Errorf("segmented log: open %s: %w", c.config.Dir, wal.ErrDamaged)
			}
		}
	}
	if err := c.openNewest(); err != nil {
		return fmt.Errorf("segmented log: open %s: %w", c.config.Dir, err)
	}
	c.mode = recovering
	c.open = c.newest().Number
	c.length = LastIndex(c.newest(), c.file.Length())
	c.step("Open").State(c)
	return nil
}
