package segmentedlog

import (
	"errors"
	"fmt"

	"github.com/lockstep-tla/lockstep/impl/internal/folder"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
)

// Recover takes the steps from Open to Serve.
func (c *Core) Recover() error {
	if err := c.Open(); err != nil {
		return err
	}
	if missing := c.missing(); !MayServe(missing) {
		return errors.Join(c.Refuse(missing), &MissingError{Dir: c.config.Dir, Number: missing})
	}
	if c.MustCut() {
		if err := c.Cut(); err != nil {
			return err
		}
	}
	if c.synced < c.length {
		if err := c.Sync(c.length); err != nil {
			return err
		}
	}
	return c.Serve()
}

// Open is the start of a process: it lists the segments and reads the newest one, which it
// makes if there is none. If a crash has left the newest file half made, it is made now.
func (c *Core) Open() error {
	if err := c.work.Allow(c.mode == down); err != nil {
		return err
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

func (c *Core) openNewest() error {
	if err := folder.Make(c.config.FS, c.config.Dir); err != nil {
		return err
	}
	segments, err := c.list()
	if err != nil {
		return err
	}
	if c.segments = segments; len(segments) == 0 {
		c.segments = []Segment{{Number: 1, Base: 1}} // openFile makes it
	}
	c.positions = map[uint64]*wal.Positions{}
	for _, s := range c.segments {
		c.positions[s.Number] = wal.NewPositions(c.config.IndexInterval)
	}
	c.file, err = c.openFile(c.newest())
	return err
}

// Refuse stops recovery at a missing segment.
func (c *Core) Refuse(number uint64) error {
	missing := c.missing()
	if err := c.work.Allow(c.mode == recovering && !MayServe(missing) && number == missing); err != nil {
		return err
	}
	c.mode = refused
	c.step("Refuse").Uint("number", number).State(c)
	return nil
}

// Cut removes from the open segment's file what stands behind the log's end: an entry
// that a crash has left unfinished, or what was truncated. It flushes the file. If what
// stands there had been flushed, the error matches ErrDamaged.
func (c *Core) Cut() error {
	if err := c.work.Allow(c.isReady() && c.MustCut()); err != nil {
		return err
	}
	var err error
	if c.mode == recovering {
		err = c.file.Cut()
		if errors.Is(err, wal.ErrNotAllowed) {
			err = &wal.DamageError{Path: c.path(c.newest()), Index: c.file.Length() + 1, Offset: c.file.Size()}
		}
	} else {
		err = c.shorten()
	}
	if err != nil {
		return c.work.Fail("cut "+fileName(c.newest()), err)
	}
	c.torn = false
	c.cuts++
	c.step("Cut").State(c)
	return nil
}

// shorten removes the truncated entries. What stays is flushed, so nothing is lost with
// the buffer.
func (c *Core) shorten() error {
	s := c.newest()
	left := c.length + 1 - s.Base
	if err := c.file.Abandon(); err != nil {
		return err
	}
	if err := wal.Shorten(c.config.FS, c.path(s), left); err != nil {
		return err
	}
	return c.reopen(s, left)
}

// reopen opens a segment again, which must have this number of entries, all flushed.
func (c *Core) reopen(s Segment, entries uint64) error {
	file, err := c.openFile(s)
	if err != nil {
		return err
	}
	c.file = file
	if file.MustCut() || file.Length() != entries {
		return &wal.DamageError{Path: c.path(s), Index: file.Length() + 1, Offset: file.Size()}
	}
	if entries > 0 {
		if err := file.Sync(entries); err != nil {
			return err
		}
	}
	return serve(file)
}

// serve ends the recovery of one file, whose entries are flushed.
func serve(file *wal.Core) error {
	for file.Applied() < file.Length() {
		if err := file.Replay(file.Applied() + 1); err != nil {
			return err
		}
	}
	return file.Serve()
}

// Serve ends recovery. From here on readers see the recovered entries.
func (c *Core) Serve() error {
	if err := c.work.Allow(c.mode == recovering && MayServe(c.missing()) && !c.MustCut() && c.synced == c.length); err != nil {
		return err
	}
	if err := serve(c.file); err != nil {
		return c.work.Fail("read "+fileName(c.newest()), err)
	}
	c.mode = up
	c.acked = c.length
	c.step("Serve").State(c)
	return nil
}
