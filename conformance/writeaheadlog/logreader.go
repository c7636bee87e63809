package writeaheadlog

import (
	"encoding/binary"

	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// left is what the file of a log that is down holds.
type left struct{ logs.File }

// View is the spec's View of a log that is down.
func (f left) View(o *trace.Object) {
	last := logs.Record{}
	if n := len(f.Whole); n > 0 {
		last = f.Whole[n-1]
	}
	o.String("mode", "down").String("policy", "none")
	o.Uint("slots", f.Slots).Int("length", len(f.Whole))
	o.Record("last", func(o *trace.Object) {
		o.Uint("index", last.Index).Uint("flushed", last.Flushed)
		o.Record("batch", func(o *trace.Object) { batch(o, last.Payload) })
	})
	o.Int("synced", 0).Int("applied", 0)
	o.Record("store", func(*trace.Object) {})
	o.Int("acked", 0)
}

// batch adds the changes in a payload.
func batch(o *trace.Object, b []byte) {
	text := func() string {
		n, size := binary.Uvarint(b)
		s := string(b[size:][:n])
		b = b[size+int(n):]
		return s
	}
	if len(b) == 0 {
		return
	}
	n, size := binary.Uvarint(b)
	b = b[size:]
	for range n {
		deleted := b[0] == 1
		b = b[1:]
		if key := text(); deleted {
			o.String(key, wal.Deleted)
		} else {
			o.String(key, text())
		}
	}
}

// recordCrash records the end of a process with what it has left in the file. It knows of
// nothing that has rotted.
func recordCrash(rec *trace.Recorder, path string, fs disk.FS, name string) error {
	last, err := logs.Last(path)
	if err != nil || last == nil {
		return err
	}
	f, err := logs.ReadFile(fs, name)
	stepCrash(rec, f, f.Slots, f.Bad())
	return err
}

// stepCrash records the step Crash. slots is the number of records that are left, and bad the
// one among them that is not whole (0: all are).
func stepCrash(rec *trace.Recorder, f logs.File, slots, bad uint64) {
	rec.Step("Crash").String("node", node).Uint("left", slots).Uint("bad", bad).State(left{f})
}

// stepCorrupt records that a record was damaged that had been flushed.
func stepCorrupt(rec *trace.Recorder, f logs.File, index uint64) {
	rec.Step("Corrupt").String("node", node).Uint("index", index).State(left{f})
}
