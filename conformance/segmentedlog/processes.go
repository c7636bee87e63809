package segmentedlog

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/segmentedlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// readers read from the beginning while goroutines append to real files. The oldest segments are
// removed behind the slowest of them, and the end is truncated while flushes are under way.
var readers = logs.Crowd{
	Name: "readers", Header: header, Node: node, Acknowledged: "acked",
	Writers: 4, Each: 12, Rounds: 2, Nondeterministic: true,
	Open: func(rec *trace.Recorder, fs disk.FS, folder string, _ int) (*logs.Process, error) {
		log, err := segmentedlog.Open(filepath.Join(folder, dir), segmentedlog.Options{
			SegmentSize: 300, IndexInterval: 1, Hold: true, FS: fs, Trace: rec, Node: node,
		})
		if err != nil {
			return nil, err
		}
		begin := log.Status()
		reader := func(drops bool) func(context.Context) error {
			return func(ctx context.Context) error { return follow(ctx, log, begin.First, begin.Appended+4*12, drops) }
		}
		held := func() (from, upTo uint64) { return log.Status().Acknowledged + 1, log.Status().Appended }
		return &logs.Process{
			Beside: []func(context.Context) error{reader(true), reader(false)}, Settle: log.Sync, Close: log.Close,
			Flushing: logs.Truncating(held, log.TruncateFrom, log.Commit, segmentedlog.ErrAcknowledged), Truncated: segmentedlog.ErrTruncated,
			Next: func(worker int) (uint64, error) { return log.Append(0, []byte(logs.Values[worker])) },
		}, nil
	},
}

// follow reads from an entry to another one, as they come, and may remove what it has read.
func follow(ctx context.Context, log *segmentedlog.Log, next, last uint64, drops bool) (err error) {
	var patience toolbox.Patience
	for next <= last && err == nil {
		err = patience.Eventually(ctx, "there is another entry", func() bool {
			return log.Status().Acknowledged >= min(next+5, last) || log.Err() != nil
		})
		for e, failed := range log.Entries(next) {
			if errors.Is(failed, segmentedlog.ErrDropped) {
				next = log.Status().First
				break
			}
			if failed == nil && e.Index != next {
				failed = fmt.Errorf("entry %d behind %d", e.Index, next-1)
			}
			if err = errors.Join(err, failed, log.Err()); err != nil {
				return err
			}
			next++
		}
		if drops {
			err = errors.Join(err, log.DropBefore(next))
		}
	}
	return err
}

// check reads everything that there is, and returns the last index.
func check(log *segmentedlog.Log) (last uint64, err error) {
	return checkFrom(log, log.Status().First)
}

// checkFrom reads from an entry on. A reader goes to it by its position.
func checkFrom(log *segmentedlog.Log, next uint64) (last uint64, err error) {
	for e, failed := range log.Entries(next) {
		if failed == nil {
			failed = logs.IsAt(next, e)
		}
		err = errors.Join(err, failed)
		next++
	}
	return next - 1, err
}

// killed appends and removes, and dies at a disk operation of a roll or of a removal.
var killed = logs.Killed{
	Header: header, Node: node, Range: 14, Left: recordCrash, Nondeterministic: true,
	Open: func(rec *trace.Recorder, fs disk.FS, folder string, _ int) (*logs.Process, error) {
		log, err := segmentedlog.Open(folder, segmentedlog.Options{
			SegmentSize: 150, Preallocate: 256, IndexInterval: 1, FS: fs, Trace: rec, Node: node,
		})
		if err != nil {
			return nil, err
		}
		found, err := check(log)
		if found > log.Status().First {
			_, again := checkFrom(log, found)
			err = errors.Join(err, again)
		}
		return &logs.Process{Found: found, Settle: log.Sync, Close: log.Close, Next: func(int) (uint64, error) {
			last := log.Status().Appended
			if last%6 == 0 {
				if err := log.DropBefore(last - min(last, 4)); err != nil {
					return 0, err
				}
			}
			return log.Append(0, []byte(logs.At(last+1)))
		}}, err
	},
}
