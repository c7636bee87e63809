package writeaheadlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// system is the log's core on a disk in memory, driven step by step. What the
// core may do, the core decides. What a crash may do is decided here, because
// nobody else knows: it may take whatever was not durable.
type system struct {
	rec     *trace.Recorder
	disk    *failingDisk
	core    *wal.Core
	running bool      // is there a process?
	raw     disk.File // the file, beside the log
	durable uint64    // so many entries no crash can take
	cutting bool      // truncated, and the file not yet cut
}

func newSystem(rec *trace.Recorder) (conformance.System, error) {
	s := &system{rec: rec, disk: &failingDisk{Disk: disktest.New()}}
	return s, s.restart()
}

// restart makes a new core, as a new process would.
func (s *system) restart() (err error) {
	if s.core != nil {
		err = s.core.Abandon()
	}
	s.running, s.cutting = false, false
	if err != nil {
		return err
	}
	s.core, err = wal.NewCore(wal.CoreConfig{
		FS: s.disk, Path: file, Machine: wal.NewStore(), MaxEntry: 1 << 10, Trace: s.rec, Node: node,
	})
	return err
}

// Close implements conformance.System.
func (s *system) Close() error { return s.core.Abandon() }

// Do implements conformance.System.
func (s *system) Do(step string, args map[string]trace.Value) error {
	err := s.do(step, args)
	s.running = s.running || step == "Open" && err == nil
	s.durable = max(s.durable, s.core.Synced())
	switch {
	case errors.Is(err, wal.ErrNotAllowed):
		return conformance.ErrRefused
	case step == "SyncFails" && errors.Is(err, wal.ErrPoisoned):
		return nil
	}
	return err
}

func (s *system) do(step string, args map[string]trace.Value) error {
	number := func(name string) uint64 {
		n, _ := args[name].(int)
		return uint64(n)
	}
	c := s.core
	switch step {
	case "Open":
		for _, p := range []wal.Policy{wal.EachEntry, wal.Group, wal.Async} {
			if p.String() == args["policy"] {
				return c.Open(p)
			}
		}
		return fmt.Errorf("no policy %v", args["policy"])
	case "Cut":
		return s.cut()
	case "Refuse":
		return c.Refuse(number("index"))
	case "Replay":
		return c.Replay(number("index"))
	case "Serve":
		return c.Serve()
	case "AppendEntry":
		return c.AppendEntry(0, 0, batchOf(args["batch"]).Encode(nil))
	case "Sync":
		return c.Sync(number("upTo"))
	case "SyncFails":
		return s.syncFails()
	case "Apply":
		return c.Apply(number("index"))
	case "Acknowledge":
		return c.Acknowledge(number("index"))
	case "TruncateFrom":
		return s.truncateFrom(number("index"))
	case "Close":
		return s.close()
	case "Crash":
		return s.crash(int(number("left")), int(number("bad")))
	case "Corrupt":
		return s.corrupt(int(number("index")))
	}
	return fmt.Errorf("unknown step %s", step)
}

// batchOf turns what a trace shows of a batch into one.
func batchOf(v trace.Value) *wal.Batch {
	b := new(wal.Batch)
	changes, _ := v.(map[string]trace.Value)
	for key, value := range changes {
		if value == wal.Deleted {
			b.Delete(key)
		} else {
			b.Put(key, value.(string))
		}
	}
	return b
}

func (s *system) truncateFrom(index uint64) error {
	if err := s.written(); err != nil {
		return err
	}
	err := s.core.TruncateFrom(index)
	s.cutting = s.cutting || err == nil
	return err
}

// cut is when truncated entries are gone: until then a crash may keep them.
func (s *system) cut() error {
	err := s.core.Cut()
	if err == nil {
		s.durable = min(s.durable, s.core.Length())
		s.cutting = false
	}
	return err
}

// syncFails lets whatever flush the core has to make fail.
func (s *system) syncFails() error {
	s.disk.fails = true
	defer func() { s.disk.fails = false }()
	err := s.core.Cut()
	if errors.Is(err, wal.ErrNotAllowed) {
		err = s.core.Sync(s.core.Length())
	}
	return err
}

// close ends the process as it should; the next one is made at once.
func (s *system) close() error {
	if err := s.core.Close(); err != nil {
		return err
	}
	return s.restart()
}

// crash ends the process so that so many records are left, one of which may not
// be whole. Where the file was to be cut, it may have been.
func (s *system) crash(left, bad int) error {
	durable := int(s.durable)
	cut := s.cutting && left == int(s.core.Length())
	if !s.running || left < durable && !cut || bad > left || bad > 0 && bad <= durable {
		return wal.ErrNotAllowed
	}
	s.durable = min(s.durable, uint64(left))
	if err := s.written(); err != nil {
		return err
	}
	slots, err := s.slots()
	if err != nil {
		return err
	}
	if left > len(slots) {
		return wal.ErrNotAllowed
	}
	end := int64(imageHeader)
	if left > 0 {
		end = slots[left-1].end
	}
	if err := s.raw.Truncate(end); err != nil {
		return err
	}
	return errors.Join(s.damage(slots, bad), s.left("Crash", func(step *trace.Step) { step.Int("left", left).Int("bad", bad) }), s.restart())
}

// written hands to the disk what the log has appended and may have written by
// now.
func (s *system) written() error {
	if err := s.core.Write(); err != nil && !errors.Is(err, wal.ErrNotAllowed) {
		return err
	}
	return nil
}

// corrupt damages a record, if another one that is durable knows that it was
// flushed.
func (s *system) corrupt(index int) error {
	if s.running || index < 1 || index >= int(s.durable) {
		return wal.ErrNotAllowed
	}
	slots, err := s.slots()
	if err != nil {
		return err
	}
	known := 0
	for _, other := range slots[index:s.durable] {
		if other.whole {
			known = max(known, other.flushed)
		}
	}
	if known < index || !slots[index-1].whole {
		return wal.ErrNotAllowed
	}
	return errors.Join(s.damage(slots, index), s.left("Corrupt", func(step *trace.Step) { step.Int("index", index) }))
}

// damagedSlot is a record that may not be whole.
type damagedSlot struct {
	slot
	whole bool
}

// slots finds all records in the file, by the sizes that they give, which
// damage leaves as they are.
func (s *system) slots() ([]damagedSlot, error) {
	b, err := s.contents()
	if err != nil {
		return nil, err
	}
	salt := binary.LittleEndian.Uint32(b[12:])
	var all []damagedSlot
	for at := int64(imageHeader); at < int64(len(b)); {
		found, whole := slotAt(b, at, salt)
		if !whole {
			size := int64(binary.LittleEndian.Uint32(b[at+4:]))
			found = slot{offset: at, end: at + (slotHeader+size+7)/8*8}
		}
		all = append(all, damagedSlot{found, whole})
		at = found.end
	}
	return all, nil
}

// damage takes a record's checksum away. Index 0 stands for none.
func (s *system) damage(slots []damagedSlot, index int) error {
	if index == 0 {
		return nil
	}
	_, err := s.raw.WriteAt(make([]byte, 4), slots[index-1].offset)
	return err
}

// left records a step of the environment with what it has left on the disk.
func (s *system) left(step string, args func(*trace.Step)) error {
	b, err := s.contents()
	if err != nil {
		return err
	}
	record := s.rec.Step(step).String("node", node)
	args(record)
	record.State(look(b))
	return nil
}

// contents returns what is in the file.
func (s *system) contents() ([]byte, error) {
	if s.raw == nil {
		var err error
		if s.raw, err = s.disk.Open(file); err != nil {
			return nil, err
		}
	}
	return contents(s.raw)
}

// contents returns all that is in a file.
func contents(f disk.File) ([]byte, error) {
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	b := make([]byte, size)
	if _, err := f.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return b, nil
}

// failingDisk is a disk whose flushes fail while it is told so.
type failingDisk struct {
	*disktest.Disk
	fails bool
}

func (d *failingDisk) Open(name string) (disk.File, error) {
	f, err := d.Disk.Open(name)
	return failingFile{f, d}, err
}

func (d *failingDisk) Create(name string) (disk.File, error) {
	f, err := d.Disk.Create(name)
	return failingFile{f, d}, err
}

type failingFile struct {
	disk.File
	disk *failingDisk
}

var errFailing = errors.New("the disk fails")

func (f failingFile) Sync() error {
	if f.disk.fails {
		return errFailing
	}
	return f.File.Sync()
}

func (f failingFile) Truncate(size int64) error {
	if f.disk.fails {
		return errFailing
	}
	return f.File.Truncate(size)
}
