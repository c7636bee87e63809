package writeaheadlog

import (
	"encoding/binary"
	"errors"
	"path/filepath"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// system is the log's core, and what happens to it.
type system struct {
	*logs.System[*wal.Core]
	fails bool // flushes do
}

func newSystem(rec *trace.Recorder) (conformance.System, error) { return newLog(rec) }

func newLog(rec *trace.Recorder) (*system, error) {
	s := &system{System: logs.NewSystem[*wal.Core](rec, wal.ErrNotAllowed)}
	s.File = file
	s.Take = map[string]toolbox.Step{
		"Open":         func(a *trace.Record) error { return s.Core.Open(named(a.String("policy"))) },
		"Cut":          s.Cut((*wal.Core).Cut),
		"Refuse":       s.Numbered("index", (*wal.Core).Refuse),
		"Replay":       s.Numbered("index", (*wal.Core).Replay),
		"Serve":        s.Plain((*wal.Core).Serve),
		"AppendEntry":  s.appendEntry,
		"Sync":         s.Numbered("upTo", (*wal.Core).Sync),
		"SyncFails":    s.syncFails,
		"Apply":        s.Numbered("index", (*wal.Core).Apply),
		"Acknowledge":  s.Numbered("index", (*wal.Core).Acknowledge),
		"TruncateFrom": s.Truncate((*wal.Core).TruncateFrom),
		"Close":        s.Last((*wal.Core).Close),
		"End":          s.End(node, []string{"slots", "synced", "applied", "acked"}, nil),
		"Crash":        s.crash,
		"Corrupt":      s.corrupt,
	}
	return s, s.Start(func() (*wal.Core, error) {
		return wal.NewCore(wal.CoreConfig{
			FS: disktest.Intercept(s.Disk, disktest.Failpoint{Before: s.mayFail}), Path: file,
			Machine: wal.NewStore(), MaxEntry: 1 << 10, Trace: rec, Node: node,
		})
	})
}

// mayFail fails what flushes, while that is wanted.
func (s *system) mayFail(op disktest.Op) error {
	if s.fails && (op.Kind == disktest.Sync || op.Kind == disktest.Truncate) {
		return disk.ErrIO
	}
	return nil
}

// named is the policy with a name. Without one it is -1, of which no trace may speak.
func named(policy string) wal.Policy {
	return wal.Policy(slices.IndexFunc(policies, func(p wal.Policy) bool { return p.String() == policy }))
}

func (s *system) appendEntry(a *trace.Record) error {
	b := new(wal.Batch)
	changes := a.Record("batch")
	for _, key := range changes.Names() {
		if value := changes.String(key); value == wal.Deleted {
			b.Delete(key)
		} else {
			b.Put(key, value)
		}
	}
	return s.Core.AppendEntry(0, 0, b.Encode(nil))
}

// syncFails lets whatever flush the core has to make fail.
func (s *system) syncFails(*trace.Record) error {
	s.fails = true
	defer func() { s.fails = false }()
	err := s.Core.Cut()
	if errors.Is(err, wal.ErrNotAllowed) {
		err = s.Core.Sync(s.Core.Length())
	}
	return toolbox.Allow(err, wal.ErrPoisoned)
}

// crash ends the process. The argument left is the number of records that stay, and bad the
// one among them that is not whole (0: all are). Where the file was to be cut, it may have
// been.
func (s *system) crash(a *trace.Record) error {
	left, bad := a.Uint("left"), a.Uint("bad")
	cut := s.Cutting && left == s.Core.Length()
	if !s.Running || left < s.Durable && !cut || bad > left || bad > 0 && bad <= s.Durable {
		return wal.ErrNotAllowed
	}
	if err := s.Written(); err != nil {
		return err
	}
	if left > uint64(len(s.read().All)) {
		return wal.ErrNotAllowed
	}
	s.Durable = min(s.Durable, left)
	err := errors.Join(s.Core.Abandon(), s.Lost(left, bad))
	stepCrash(s.Rec, s.read(), left, bad)
	return errors.Join(err, s.Restart())
}

// read reads what the disk holds of the log.
func (s *system) read() logs.File {
	b, _ := s.Disk.Contents(file)
	return logs.Read(b)
}

// corrupt damages a record, if another one that is durable knows that it was
// flushed.
func (s *system) corrupt(a *trace.Record) error {
	index := a.Uint("index")
	if s.Running || index < 1 || index >= s.Durable {
		return wal.ErrNotAllowed
	}
	f := s.read()
	if logs.Flushed(f.All[index:s.Durable]) < index || !f.All[index-1].Whole {
		return wal.ErrNotAllowed
	}
	if err := s.Disk.Rot(file, f.All[index-1].Offset, 0xff); err != nil {
		return err
	}
	stepCorrupt(s.Rec, s.read(), index)
	return nil
}

// down is the spec's View of a log that is down, with this file.
func down(f logs.File) logs.View {
	var last logs.Record
	if n := len(f.Whole); n > 0 {
		last = f.Whole[n-1]
	}
	return logs.View{
		"mode": "down", "policy": "none", "slots": int(f.Slots), "length": len(f.Whole),
		"last": map[string]trace.Value{
			"index": int(last.Index), "flushed": int(last.Flushed), "batch": batch(last.Payload),
		},
		"synced": 0, "applied": 0, "store": map[string]trace.Value{}, "acked": 0,
	}
}

// batch is the changes in a payload, or none.
func batch(b []byte) map[string]trace.Value {
	number := func() uint64 {
		n, size := binary.Uvarint(b)
		b = b[size:]
		return n
	}
	text := func() string {
		n := number()
		defer func() { b = b[n:] }()
		return string(b[:n])
	}
	changes := map[string]trace.Value{}
	for range number() {
		deleted := b[0] == 1
		b = b[1:]
		key := text()
		if changes[key] = wal.Deleted; !deleted {
			changes[key] = text()
		}
	}
	return changes
}

// recordCrash records the end of a process with what it has left in the file. It knows of
// nothing that has rotted.
func recordCrash(rec *trace.Recorder, _ logs.View, fs disk.FS, folder string) error {
	f, err := logs.ReadFile(fs, filepath.Join(folder, file))
	stepCrash(rec, f, f.Slots, f.Bad())
	return err
}

// stepCrash records the step Crash. slots is the number of records that are left, and bad the
// one among them that is not whole (0: all are).
func stepCrash(rec *trace.Recorder, f logs.File, slots, bad uint64) {
	rec.Step("Crash").String("node", node).Uint("left", slots).Uint("bad", bad).State(down(f))
}

// stepCorrupt records that a record was damaged that had been flushed.
func stepCorrupt(rec *trace.Recorder, f logs.File, index uint64) {
	rec.Step("Corrupt").String("node", node).Uint("index", index).State(down(f))
}
