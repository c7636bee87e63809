package writeaheadlog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/trace"
)

// Recover takes the steps from Open to Serve. If it fails, the Core cannot be
// used any more, and the file is unchanged except that a torn tail may have been
// cut.
func (c *Core) Recover(policy Policy) error {
	if err := c.Open(policy); err != nil {
		return err
	}
	if c.MustCut() {
		bad := c.length + 1
		if !c.MayCut(bad) {
			return errors.Join(c.Refuse(bad), c.damage())
		}
		if err := c.Cut(); err != nil {
			return err
		}
	}
	for c.applied < c.length {
		if err := c.Replay(c.applied + 1); err != nil {
			return err
		}
	}
	if !c.MayServe() {
		if err := c.Sync(c.length); err != nil {
			return err
		}
	}
	return c.Serve()
}

func (c *Core) damage() error {
	return &DamageError{Path: c.config.Path, Index: c.length + 1, Offset: c.end}
}

// Open is the start of a process: it creates the file if there is none, and reads
// it to its end.
func (c *Core) Open(policy Policy) error {
	if c.mode != down {
		return ErrNotAllowed
	}
	file, err := c.openFile()
	if err != nil {
		return fmt.Errorf("write-ahead log: open %s: %w", c.config.Path, err)
	}
	c.file = file
	if err := c.scan(); err != nil {
		return errors.Join(fmt.Errorf("write-ahead log: read %s: %w", c.config.Path, err), file.Close())
	}
	c.mode = recovering
	c.policy = policy
	c.failure = nil
	c.step("Open").String("policy", policy.String()).State(c)
	return nil
}

// openFile opens the file, or makes it, with its header and its name durable.
func (c *Core) openFile() (disk.File, error) {
	file, err := c.config.FS.Open(c.config.Path)
	if errors.Is(err, fs.ErrNotExist) {
		file, err = c.config.FS.Create(c.config.Path)
	}
	if err != nil {
		return nil, err
	}
	if c.salt, err = c.readHeader(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	// A crash may have come between the file's creation and this, so it is done
	// every time. Flushing the file does not make its name durable.
	if err := c.config.FS.SyncDir(filepath.Dir(c.config.Path)); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// readHeader reads the file's salt. A file whose creation was interrupted gets
// its header; any other file without one is left alone.
func (c *Core) readHeader(file disk.File) (salt uint32, err error) {
	header := make([]byte, fileHeaderSize)
	n, err := file.ReadAt(header, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	if n == len(header) {
		if salt, ok := saltOf(header); ok {
			return salt, nil
		}
	}
	begun := header[:min(n, len(magic))]
	if !allZero(header[:n]) && (n == len(header) || !bytes.HasPrefix([]byte(magic), begun)) {
		return 0, ErrNotALog
	}
	if n == len(header) {
		size, err := file.Size()
		if err != nil {
			return 0, err
		}
		if b, err := search(file, 0, 0, size, 0); err != nil || b.anything {
			return 0, errors.Join(err, ErrNotALog)
		}
	}
	if _, err := file.WriteAt(fileHeader(c.config.Salt), 0); err != nil {
		return 0, err
	}
	return c.config.Salt, file.Sync()
}

// scan reads the whole file: how far it can be read, and what stands behind that.
func (c *Core) scan() error {
	size, err := c.file.Size()
	if err != nil {
		return err
	}
	c.length, c.claimed, c.last, c.space = 0, 0, record{}, size
	c.offsets = c.offsets[:0]
	c.config.Positions.cut(0)
	r := newReader(c.file, c.salt, size)
	isWhole := func(rec *record) bool { return c.IsWhole(c.length+1, r.header[:], rec) }
	for {
		offset := r.offset
		rec, ok, err := r.next(isWhole)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		c.length++
		c.remember(&c.last, &rec)
		c.config.Positions.note(c.length, offset)
		// The number of flushed entries never falls along the file, so the last
		// record's number is the highest.
		c.offsets = append(c.offsets, offset)
		if flushed := c.length - uint64(len(c.offsets)); rec.flushed > flushed {
			c.offsets = c.offsets[min(rec.flushed-flushed, uint64(len(c.offsets))):]
		}
	}
	c.end, c.start = r.offset, r.offset
	c.known = c.length - uint64(len(c.offsets))
	c.rewrite = c.end
	for i, offset := range c.offsets {
		if c.MustRewrite(c.known + uint64(i) + 1) {
			c.rewrite = offset
			break
		}
	}
	if c.known == 0 && c.MustRewrite(1) {
		c.rewrite = 0 // the header too
	}
	c.offsets = nil
	return c.lookBehind(size)
}

// lookBehind looks for records behind the last one that can be read.
func (c *Core) lookBehind(size int64) error {
	b, err := search(c.file, c.salt, c.end, size, c.length+1)
	if err != nil {
		return err
	}
	c.slots = c.length
	if b.anything {
		c.slots = max(c.length+1, b.last)
	}
	c.claimed = b.flushed
	return nil
}

// Cut removes from the file what stands behind the log's end: records that a
// crash has left unfinished, or that were truncated. It flushes the file, because
// records that came back after another crash would stand behind new ones.
func (c *Core) Cut() error {
	if c.mode != recovering && c.mode != up || !c.MustCut() || c.mode == recovering && !c.MayCut(c.length+1) {
		return ErrNotAllowed
	}
	err := c.file.Truncate(c.end)
	if err == nil {
		err = c.file.Sync()
	}
	if !c.MayAdvance(err) {
		return c.SyncFails(err)
	}
	c.slots = c.length
	c.space = c.end
	c.step("Cut").State(c)
	return nil
}

// Refuse stops recovery at damage to what had been flushed.
func (c *Core) Refuse(index uint64) error {
	if c.mode != recovering || !c.MustCut() || index != c.length+1 || c.MayCut(index) {
		return ErrNotAllowed
	}
	c.mode = refused
	c.step("Refuse").Uint("index", index).State(c)
	return nil
}

// Replay applies the next entry of the file.
func (c *Core) Replay(index uint64) error {
	if c.mode != recovering || c.MustCut() || index != c.applied+1 || index > c.length {
		return ErrNotAllowed
	}
	if c.replay == nil {
		c.replay = newReader(c.file, c.salt, min(c.end, c.space))
	}
	r, ok, err := c.replay.next(func(rec *record) bool { return c.IsWhole(index, c.replay.header[:], rec) })
	if err != nil {
		return fmt.Errorf("write-ahead log: read %s again: %w", c.config.Path, err)
	}
	if !ok {
		return &DamageError{Path: c.config.Path, Index: index, Offset: c.replay.offset}
	}
	c.config.Machine.Apply(r.Entry)
	c.applied = index
	c.step("Replay").Uint("index", index).State(c)
	return nil
}

// Serve ends recovery. From here on readers see the recovered entries.
func (c *Core) Serve() error {
	if c.mode != recovering || c.MustCut() || c.applied != c.length || !c.MayServe() {
		return ErrNotAllowed
	}
	c.mode = up
	c.acked = c.length
	c.replay = nil
	c.remember(&c.settled, &c.last)
	c.step("Serve").State(c)
	return nil
}

// Abandon closes the file of a log that is not used any more, as the end of the
// process would. It is not a step: only the next Open can tell what is on the
// disk then.
func (c *Core) Abandon() error {
	if c.file == nil {
		return nil
	}
	file := c.file
	c.file = nil
	return file.Close()
}

var _ trace.Viewer = (*Core)(nil)
