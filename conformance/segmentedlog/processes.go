package segmentedlog

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/segmentedlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// readers lets goroutines append to real files, while others read from the beginning and
// the oldest segments are removed behind the slowest of them; and looks for everything.
func readers(ctx context.Context, run conformance.Run) error {
	return toolbox.RecordAnswers(run, header("readers", run.Seed), func(rec *trace.Recorder, answers *toolbox.Answers) error {
		for range 2 {
			log, err := segmentedlog.Open(filepath.Join(run.Dir, dir), segmentedlog.Options{SegmentSize: 300, Trace: rec, Node: node})
			if err != nil {
				return err
			}
			told := func(index uint64) {
				answers.Told(rec, node, "Append has returned", func(state *trace.Record) bool { return state.Uint("acked") >= index })
			}
			if err := errors.Join(together(ctx, log, told), log.Close()); err != nil {
				return err
			}
		}
		return nil
	})
}

// together appends in four goroutines, and reads in two.
func together(ctx context.Context, log *segmentedlog.Log, told func(uint64)) error {
	const writers, each = 4, 12
	begin := log.Status()
	last := begin.Appended + writers*each
	return toolbox.Concurrently(writers+2, func(i int) error {
		if i >= writers {
			return follow(ctx, log, begin.First, last, i == writers)
		}
		for range each {
			index, err := log.Append(0, []byte(values[i]))
			if err = errors.Join(err, ctx.Err()); err != nil {
				return err
			}
			told(index)
		}
		return nil
	})
}

// follow reads from an entry to another one, as they come. One of the readers removes
// what it has read.
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
	next := log.Status().First
	for e, failed := range log.Entries(next) {
		if failed == nil && (e.Index != next || string(e.Payload) != at(next)) {
			failed = fmt.Errorf("entry %d is %q, read as entry %d", next, e.Payload, e.Index)
		}
		err = errors.Join(err, failed)
		next++
	}
	return next - 1, err
}

// killed appends and removes, and dies at one of the disk operations of a roll or of a
// removal.
var killed = logs.Killed{
	Header: header,
	Range:  14,
	Left:   recordCrash,
	Open: func(rec *trace.Recorder, fs disk.FS, folder string, _ int) (*logs.Process, error) {
		log, err := segmentedlog.Open(folder, segmentedlog.Options{
			SegmentSize: 150, Preallocate: 256, FS: fs, Trace: rec, Node: node,
		})
		if err != nil {
			return nil, err
		}
		found, err := check(log)
		return &logs.Process{Found: found, Close: log.Close, Next: func(int) (uint64, error) {
			last := log.Status().Appended
			if last%6 == 0 {
				if err := log.DropBefore(last - min(last, 4)); err != nil {
					return 0, err
				}
			}
			return log.Append(0, []byte(at(last+1)))
		}}, err
	},
}
