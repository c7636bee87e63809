package writeaheadlog

import (
	"errors"
	"math"
	"path/filepath"
	"time"

	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// open is the start of a process with a map in a real file, under one of the policies. A
// worker writes to a key of its own, and then lets the log flush. If that is not wanted, what was
// not applied may be truncated while a flush is under way, and is written again.
func open(flush bool) func(*trace.Recorder, disk.FS, string, int) (*logs.Process, error) {
	return func(rec *trace.Recorder, fs disk.FS, folder string, n int) (*logs.Process, error) {
		if err := fs.MkdirAll(folder); err != nil {
			return nil, err
		}
		m, err := wal.OpenMap(filepath.Join(folder, file), wal.Options{
			Policy: toolbox.Pick(policies, n), FlushInterval: time.Millisecond, Preallocate: 4096,
			Hold: !flush, FS: fs, Trace: rec, Node: node,
		})
		if err != nil {
			return nil, err
		}
		log := m.Log()
		settle := func() error { return errors.Join(log.ApplyTo(math.MaxUint64), log.Sync()) }
		held := func() (from, upTo uint64) { return log.Status().Applied + 1, log.Status().Appended }
		truncating := logs.Truncating(held, log.TruncateFrom, log.ApplyTo, wal.ErrApplied)
		return &logs.Process{Found: log.Status().Applied, Settle: settle, Close: m.Close, Flushing: truncating, Truncated: wal.ErrTruncated, Next: func(worker int) (uint64, error) {
			var b wal.Batch
			b.Put(keys[worker], toolbox.Pick(values, int(log.Status().Appended)))
			index, err := log.Append(0, b.Encode(nil))
			if err == nil && flush {
				err = log.Sync()
			}
			return index, err
		}}, nil
	}
}

// writers are goroutines that write to a map, which is closed and opened again.
var writers = logs.Crowd{
	Name: "writers", Header: header, Node: node, Acknowledged: "acked",
	Writers: len(keys), Each: 24, Rounds: 2, Nondeterministic: true, Open: open(false),
}

// killed writes from as many, and dies at a disk operation, to which Async hardly comes by itself.
var killed = logs.Killed{
	Header: header, Node: node, Range: 14, Workers: len(keys), Nondeterministic: true,
	Left: recordCrash, Open: open(true),
}
