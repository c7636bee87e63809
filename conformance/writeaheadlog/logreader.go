package writeaheadlog

import (
	"encoding/binary"
	"path/filepath"

	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

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
