package segmentedlog

import (
	"fmt"

	"github.com/lockstep-tla/lockstep/impl/internal/folder"
	"github.com/lockstep-tla/lockstep/impl/internal/groupcommit"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
)

// AppendEntry adds an entry to the open segment. It is kept in memory until the next flush.
func (c *Core) AppendEntry(kind uint32, time int64, payload []byte) error {
	if err := c.work.Allow(c.isUp() && !c.MustCut()); err != nil {
		return err
	}
	if err := c.file.AppendEntry(kind, time, payload); err != nil {
		return err
	}
	c.length++
	if c.config.Trace != nil {
		c.step("AppendEntry").String("value", string(payload)).State(c)
	}
	return nil
}

// Flush is a write and a flush under way.
type Flush struct {
	upTo uint64
	flow *wal.Flush // nil: there is nothing to write
}

// Do writes and flushes. It may run while the Core is used.
func (f *Flush) Do() error {
	if f.flow == nil {
		return nil
	}
	return f.flow.Do()
}

// StartFlush begins a flush that covers the entries up to upTo. Call Do next, then
// Flushed, and take none but the steps AppendEntry, Acknowledge, Read and DropOldest
// meanwhile. Sealed segments were flushed before, and are not again. The Flush is the
// Core's own, and used again.
func (c *Core) StartFlush(upTo uint64) (*Flush, error) {
	if err := c.work.Allow(c.isReady() && !c.MustCut() && upTo > c.synced && upTo <= c.length); err != nil {
		return nil, err
	}
	f := &c.inFlight
	*f = Flush{upTo: upTo}
	base := c.openSegment().Base
	if c.mode == recovering && upTo < base {
		return f, nil
	}
	flow, err := c.file.StartFlush(upTo + 1 - base)
	f.flow = flow
	return f, c.work.Fail("flush "+fileName(c.openSegment()), err)
}

// Flushed ends a flush with what Do returned. After an error the log does not go on:
// see the rule MayContinue of package writeaheadlog.
func (c *Core) Flushed(f *Flush, returned error) error {
	if f.flow != nil {
		if err := c.file.Flushed(f.flow, returned); err != nil {
			return c.work.Fail("flush "+fileName(c.openSegment()), err)
		}
	}
	c.synced = f.upTo
	for c.mode == up && c.file.Applied() < c.file.Synced() {
		next := c.file.Applied() + 1
		if c.file.Apply(next) != nil || c.file.Acknowledge(next) != nil {
			panic("segmented log: a flushed entry cannot be applied")
		}
	}
	c.step("Sync").Count("upTo", f.upTo).State(c)
	return nil
}

// Sync writes and flushes the entries up to upTo: StartFlush, Do and Flushed in one.
func (c *Core) Sync(upTo uint64) error { return groupcommit.Sync(c, upTo) }

// Write gives what was appended to the operating system, without a flush. It is not a
// step: an entry may be in the file as soon as it was appended.
func (c *Core) Write() error {
	if err := c.work.Allow(c.isUp() && !c.MustCut()); err != nil {
		return err
	}
	return c.work.Fail("write "+fileName(c.openSegment()), c.file.Write())
}

// Acknowledge records that the next entry is acknowledged, before its caller returns.
func (c *Core) Acknowledge(index uint64) error {
	if err := c.work.Allow(c.mode == up && index == c.acked+1 && index <= c.synced); err != nil {
		return err
	}
	c.acked = index
	c.step("Acknowledge").Count("index", index).State(c)
	return nil
}

// Roll seals the open segment and makes the next one: RollCreate, RollSync and RollSwitch
// in one.
func (c *Core) Roll() error {
	for _, step := range []func() error{c.RollCreate, c.RollSync, c.RollSwitch} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// RollCreate makes the file of the next segment. The step is recorded before the file
// can be there. Sync has flushed the open segment.
func (c *Core) RollCreate() error {
	if err := c.work.Allow(c.isUp() && !c.MustCut() && c.MayRoll() && c.MaySeal()); err != nil {
		return err
	}
	s := Segment{Number: c.open + 1, Base: c.NextBase()}
	c.segments = append(c.segments, s)
	c.step("RollCreate").State(c)
	file, err := c.config.FS.Create(c.path(s))
	if err == nil {
		err = file.Close()
	}
	return c.work.Fail("create "+fileName(s), err)
}

// RollSync writes the new file's header, and flushes the file and the folder.
func (c *Core) RollSync() error {
	if err := c.work.Allow(c.rolling() && c.next == nil); err != nil {
		return err
	}
	file, err := c.openFile(c.newest())
	if err == nil {
		err = file.Serve()
	}
	if err != nil {
		return c.work.Fail("make "+fileName(c.newest()), err)
	}
	c.next = file
	c.step("RollSync").State(c)
	return nil
}

// RollSwitch ends a roll: the new segment is the open one.
func (c *Core) RollSwitch() error {
	if err := c.work.Allow(c.rolling() && c.MaySwitch()); err != nil {
		return err
	}
	if err := c.file.Abandon(); err != nil {
		return c.work.Fail("close "+fileName(c.openSegment()), err)
	}
	c.file, c.next = c.next, nil
	c.open = c.newest().Number
	c.step("RollSwitch").State(c)
	return nil
}

// TruncateFrom removes the entries from index on, which are in the open segment. Those before
// it are flushed. Cut must be the next step; until it is done a crash may keep any of them.
func (c *Core) TruncateFrom(index uint64) error {
	if err := c.work.Allow(c.isUp() && !c.MustCut() && index > 0 && index <= c.length && index-1 <= c.synced &&
		c.MayTruncate(index) && c.IsInOpen(index)); err != nil {
		return err
	}
	c.length, c.synced = index-1, index-1
	c.torn = true
	c.step("TruncateFrom").Count("index", index).State(c)
	return nil
}

// Unroll removes the open segment, which is empty, and opens the one before it again.
func (c *Core) Unroll() error {
	empty := c.mode == up && c.length < c.openSegment().Base
	if err := c.work.Allow(c.isUp() && !c.MustCut() && empty && len(c.segments) > 1); err != nil {
		return err
	}
	gone, before := c.newest(), c.segments[len(c.segments)-2]
	err := c.file.Abandon()
	if err == nil {
		err = c.remove(gone)
	}
	if err == nil {
		err = c.reopen(before, gone.Base-before.Base)
	}
	if err != nil {
		return c.work.Fail("remove "+fileName(gone), err)
	}
	c.segments = c.segments[:len(c.segments)-1]
	delete(c.positions, gone.Number)
	c.open = before.Number
	c.step("Unroll").State(c)
	return nil
}

// DropOldest removes the oldest segment.
func (c *Core) DropOldest() error {
	if err := c.work.Allow(c.mode == up && c.segments[0].Number < c.open && c.MayDrop()); err != nil {
		return err
	}
	if err := c.remove(c.segments[0]); err != nil {
		return c.work.Fail("remove "+fileName(c.segments[0]), err)
	}
	delete(c.positions, c.segments[0].Number)
	c.segments = c.segments[1:]
	c.step("DropOldest").State(c)
	return nil
}

// remove removes a segment's file for good. The folder is flushed each time: of several
// files a crash could bring back any, and leave a gap.
func (c *Core) remove(s Segment) error { return folder.Remove(c.config.FS, c.path(s)) }

// Close closes a log in which every entry is flushed.
func (c *Core) Close() error {
	if err := c.work.Allow(c.isUp() && !c.MustCut() && c.synced == c.length); err != nil {
		return err
	}
	if err := c.Abandon(); err != nil {
		return fmt.Errorf("segmented log: close: %w", err)
	}
	c.mode, c.open, c.synced, c.acked = down, 0, 0, 0
	c.step("Close").State(c)
	return nil
}
