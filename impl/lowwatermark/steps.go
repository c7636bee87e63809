package lowwatermark

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/lockstep-tla/lockstep/impl/internal/folder"
	"github.com/lockstep-tla/lockstep/impl/internal/groupcommit"
	"github.com/lockstep-tla/lockstep/impl/segmentedlog"
)

// Recover takes the steps from Open to Serve.
func (c *Core) Recover() error {
	if err := c.Open(); err != nil {
		return err
	}
	if c.mode == refused {
		return fmt.Errorf("%w: in %s no snapshot is whole, and the log begins with entry %d", ErrDamaged, c.config.Dir, c.First())
	}
	for c.applied < c.Length() {
		if err := c.Apply(c.following()); err != nil {
			return err
		}
	}
	return c.Serve()
}

// Open is the start of a process: it opens the log and restores the newest snapshot that
// is whole. Damaged ones, and what a crash has left of others, are removed. One that the
// disk cannot read is passed over, and stays until two newer ones are whole; if the state
// cannot be rebuilt without it, the error is the disk's, and nothing is removed. If nothing can
// be restored the log's files stay as they are, and no other step can follow: the state
// cannot be rebuilt. If the log ends before a snapshot, damaged or not, it has lost entries:
// the error matches ErrDamaged, and the snapshots stay.
func (c *Core) Open() error {
	if err := c.work.Allow(c.mode == down); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return fmt.Errorf("low-water mark: open %s: %w", c.config.Dir, err)
	}
	c.step("Open").State(c)
	return nil
}

func (c *Core) open() error {
	if err := folder.Make(c.config.FS, c.config.Dir); err != nil {
		return err
	}
	if err := c.log.Recover(); err != nil {
		return err
	}
	// What is found counts as durable: a crash must not take it, nor bring back more.
	if err := c.config.FS.SyncDir(c.config.Dir); err != nil {
		return err
	}
	all, err := c.find()
	if err != nil {
		return err
	}
	if all.last > c.Length() {
		return fmt.Errorf("%w: snapshot %d is newer than the log, which ends with entry %d", ErrDamaged, all.last, c.Length())
	}
	c.snapshots = all.indexes
	if !c.MayRestore(all.best.index) {
		if all.failure != nil {
			return all.failure // the disk may read it next time
		}
		c.mode = refused
		return nil
	}
	if len(all.indexes) > 0 {
		if err := c.config.Machine.Restore(all.best.state); err != nil {
			return fmt.Errorf("snapshot %d: %w", all.best.index, err)
		}
	}
	c.applied = all.best.index
	c.mode = recovering
	c.replay = c.log.Reader(c.following())
	for _, index := range all.unread {
		if c.MayRemove(index) { // else it stays: the disk may read it next time
			all.waste = append(all.waste, fileName(index, suffix))
		}
	}
	for _, name := range all.waste {
		if err := c.config.FS.Remove(filepath.Join(c.config.Dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// Serve ends recovery.
func (c *Core) Serve() error {
	if err := c.work.Allow(c.mode == recovering && c.MayServe()); err != nil {
		return err
	}
	err := c.replay.Close()
	c.replay = nil
	if err != nil {
		return c.work.Fail("read the log", err)
	}
	c.mode = up
	c.step("Serve").State(c)
	return nil
}

// AppendEntry adds an update to the log. It is kept in memory until the next flush.
func (c *Core) AppendEntry(kind uint32, time int64, payload []byte) error {
	if err := c.work.Allow(c.mode == up); err != nil {
		return err
	}
	if err := c.log.AppendEntry(kind, time, payload); err != nil {
		return err
	}
	c.pending = append(c.pending, Entry{Index: c.Length(), Type: kind, Time: time, Payload: slices.Clone(payload)})
	if c.config.Trace != nil {
		c.step("AppendEntry").String("value", string(payload)).State(c)
	}
	return nil
}

// Flush is a write and a flush of the log under way. Do makes it, and may run while the Core
// is used.
type Flush = segmentedlog.Flush

// StartFlush begins a flush that covers the entries up to upTo. Call Do next, then
// Flushed, and do not take the steps Sync and Roll meanwhile.
func (c *Core) StartFlush(upTo uint64) (*Flush, error) {
	if err := c.work.Allow(c.mode == up && upTo > c.Synced() && upTo <= c.Length()); err != nil {
		return nil, err
	}
	f, err := c.log.StartFlush(upTo)
	return f, c.work.Fail("flush the log", err)
}

// Flushed ends a flush with what Do returned.
func (c *Core) Flushed(f *Flush, returned error) error {
	if err := c.log.Flushed(f, returned); err != nil {
		return c.work.Fail("flush the log", err)
	}
	c.step("Sync").Count("upTo", c.Synced()).State(c)
	return nil
}

// Sync writes and flushes the entries up to upTo: StartFlush, Do and Flushed in one.
func (c *Core) Sync(upTo uint64) error { return groupcommit.Sync(c, upTo) }

// Write gives what was appended to the operating system, without a flush. It is not a
// step: an entry may be in the file as soon as it was appended.
func (c *Core) Write() error {
	if err := c.work.Allow(c.mode == up); err != nil {
		return err
	}
	return c.work.Fail("write the log", c.log.Write())
}

// Apply changes the state by the next entry. The client may be told then.
func (c *Core) Apply(index uint64) error {
	may := (c.mode == recovering || c.mode == up) && index == c.following() && index <= c.Length() && c.MayApply(index)
	if err := c.work.Allow(may); err != nil {
		return err
	}
	var e Entry
	var err error
	if c.mode == recovering {
		e, err = c.replay.Read()
	} else {
		e, c.pending = c.pending[0], c.pending[1:]
		err = c.acknowledge(index)
	}
	if err != nil {
		return c.work.Fail("read the log", err)
	}
	c.config.Machine.Apply(e)
	c.applied = index
	c.step("Apply").Count("index", index).State(c)
	return nil
}

func (c *Core) acknowledge(index uint64) error { return c.log.Acknowledge(index) }

// Roll seals the open segment, whose entries are flushed, and goes on in the next one.
func (c *Core) Roll() error {
	if err := c.work.Allow(c.mode == up && c.Synced() == c.Length() && c.log.MayRoll()); err != nil {
		return err
	}
	if err := c.log.Roll(); err != nil {
		return c.work.Fail("make a segment", err)
	}
	c.step("Roll").State(c)
	return nil
}

// Snapshot is a snapshot in flight.
type Snapshot struct {
	snapshot
	flushed bool
	core    *Core
}

// Index returns the index of the last entry in the snapshot.
func (s *Snapshot) Index() uint64 { return s.index }

// Write writes the snapshot's file under another name, and flushes it. It may run while
// the Core is used.
func (s *Snapshot) Write() error {
	header := binary.LittleEndian.AppendUint32([]byte(magic), s.checksum())
	return folder.Write(s.core.config.FS, s.core.path(s.index, temporary), header, s.state)
}

// TakeSnapshot takes the state and its index, at one point between updates, unless there is
// such a snapshot already.
func (c *Core) TakeSnapshot() error {
	if err := c.work.Allow(c.mode == up && c.taking == nil && c.SnapshotIndex() > c.newest()); err != nil {
		return err
	}
	c.taking = &Snapshot{snapshot: snapshot{index: c.SnapshotIndex(), state: c.config.Machine.Snapshot()}, core: c}
	c.step("TakeSnapshot").State(c)
	return nil
}

// Taking returns the snapshot in flight, or nil.
func (c *Core) Taking() *Snapshot { return c.taking }

// Written ends the writing of the snapshot in flight, with what Write returned. After an
// error nothing has changed: discard the snapshot.
func (c *Core) Written(returned error) error {
	if err := c.work.Allow(c.taking != nil && !c.taking.flushed); err != nil {
		return err
	}
	if returned != nil {
		return fmt.Errorf("low-water mark: snapshot %d: %w", c.taking.index, returned)
	}
	c.taking.flushed = true
	c.step("FlushSnapshot").State(c)
	return nil
}

// FlushSnapshot writes and flushes the snapshot's file: Write and Written in one.
func (c *Core) FlushSnapshot() error {
	if err := c.work.Allow(c.taking != nil && !c.taking.flushed); err != nil {
		return err
	}
	return c.Written(c.taking.Write())
}

// KeepSnapshot gives the file its name and flushes the folder. The snapshot counts from
// here on.
func (c *Core) KeepSnapshot() error {
	if err := c.work.Allow(c.taking != nil && c.MayName()); err != nil {
		return err
	}
	index := c.taking.index
	if err := folder.Rename(c.config.FS, c.path(index, temporary), c.path(index, suffix)); err != nil {
		return c.work.Fail("name "+fileName(index, suffix), err)
	}
	c.snapshots = append(c.snapshots, index)
	c.taking = nil
	c.step("KeepSnapshot").State(c)
	return nil
}

// DiscardSnapshot gives the snapshot in flight up, and removes what was written of it.
func (c *Core) DiscardSnapshot() error {
	if err := c.work.Allow(c.taking != nil); err != nil {
		return err
	}
	name := c.path(c.taking.index, temporary)
	if err := c.config.FS.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return c.work.Fail("remove "+name, err)
	}
	c.taking = nil
	c.step("DiscardSnapshot").State(c)
	return nil
}

// RemoveSnapshot removes a snapshot that newer ones replace, for good: it must not come
// back when the log behind it is gone.
func (c *Core) RemoveSnapshot(index uint64) error {
	at := slices.Index(c.snapshots, index)
	if err := c.work.Allow(c.mode == up && at >= 0 && c.MayRemove(index)); err != nil {
		return err
	}
	if err := folder.Remove(c.config.FS, c.path(index, suffix)); err != nil {
		return c.work.Fail("remove "+fileName(index, suffix), err)
	}
	c.snapshots = slices.Delete(slices.Clone(c.snapshots), at, at+1)
	c.step("RemoveSnapshot").Count("index", index).State(c)
	return nil
}

// Removable returns the oldest snapshot if newer ones replace it, or else 0.
func (c *Core) Removable() uint64 {
	if len(c.snapshots) == 0 || !c.MayRemove(c.snapshots[0]) {
		return 0
	}
	return c.snapshots[0]
}

// DropOldest removes the log's oldest segment, as a whole. The open one stays.
func (c *Core) DropOldest() error {
	if err := c.work.Allow(c.CanDrop()); err != nil {
		return err
	}
	if err := c.log.DropOldest(); err != nil {
		return c.work.Fail("remove a segment", err)
	}
	c.step("DropOldest").State(c)
	return nil
}

// CanDrop says whether there is a segment to remove.
func (c *Core) CanDrop() bool { return c.mode == up && len(c.log.Segments()) > 1 && c.MayDrop() }

// Hold keeps the log from an entry on for a holder, in place of what it held before. It
// may be the entry that comes next.
func (c *Core) Hold(holder string, index uint64) error {
	if err := c.work.Allow(c.mode == up && index <= c.Length()+1 && c.MayHold(index)); err != nil {
		return err
	}
	c.holders[holder] = index
	c.step("Hold").String("holder", holder).Count("index", index).State(c)
	return nil
}

// Release ends what a holder holds.
func (c *Core) Release(holder string) error {
	if err := c.work.Allow(c.mode == up && c.holders[holder] != 0); err != nil {
		return err
	}
	delete(c.holders, holder)
	c.step("Release").String("holder", holder).State(c)
	return nil
}

// Age says that the entries up to upTo, which are applied, are older than the retention
// time.
func (c *Core) Age(upTo uint64) error {
	if err := c.work.Allow(c.mode == up && upTo > c.aged && upTo <= c.applied); err != nil {
		return err
	}
	c.aged = upTo
	c.step("Age").Count("upTo", upTo).State(c)
	return nil
}
