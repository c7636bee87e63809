package lowwatermark

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/lowwatermark"
	"github.com/lockstep-tla/lockstep/trace"
)

// cleaner lets goroutines append to real files, while others read from the log's beginning,
// and the store takes snapshots and removes segments.
func cleaner(ctx context.Context, run conformance.Run) error {
	return toolbox.RecordAnswers(run, header("cleaner", run.Seed), func(rec *trace.Recorder, answers *toolbox.Answers) error {
		store, err := lowwatermark.Open(filepath.Join(run.Dir, dir), new(words), lowwatermark.Options{
			SegmentSize: 300, SnapshotEvery: 10, Trace: rec, Node: node,
		})
		if err != nil {
			return err
		}
		err = toolbox.Concurrently(5, func(i int) error {
			if i == 4 {
				return follow(ctx, store)
			}
			for range 12 {
				index, err := store.Append(0, []byte(values[i]))
				if err = errors.Join(err, ctx.Err()); err != nil {
					return err
				}
				answers.Told(rec, node, "Append has returned", func(state *trace.Record) bool { return state.Uint("applied") >= index })
			}
			return nil
		})
		return errors.Join(err, store.Close())
	})
}

// follow reads the log again and again, each time all that there is. If another process
// were to follow like this, it would begin with a snapshot where the log does not reach
// back.
func follow(ctx context.Context, store *lowwatermark.Store) error {
	for round := 0; round < 10 && ctx.Err() == nil; round++ {
		next := store.Status().First
		err := store.Read(names[round%2], next, func(e lowwatermark.Entry) error {
			if e.Index != next {
				return fmt.Errorf("entry %d behind %d", e.Index, next-1)
			}
			next++
			return nil
		})
		if err = toolbox.Allow(err, lowwatermark.ErrDropped); err != nil { // gone before it was held
			return err
		}
	}
	return ctx.Err()
}

// killed appends, takes snapshots and removes segments, and dies at one of the disk
// operations.
var killed = logs.Killed{
	Header: header,
	From:   8, Range: 30,
	Left: recordCrash,
	Open: func(rec *trace.Recorder, fs disk.FS, folder string, _ int) (*logs.Process, error) {
		state := new(words)
		store, err := lowwatermark.Open(folder, state, lowwatermark.Options{
			SegmentSize: 150, Preallocate: 256, FS: fs, Trace: rec, Node: node,
		})
		if err != nil {
			return nil, err
		}
		return &logs.Process{Found: uint64(state.Size()), Close: store.Close, Next: func(int) (uint64, error) {
			if state.Size()%3 == 0 {
				if err := store.Snapshot(); err != nil {
					return 0, err
				}
			}
			return store.Append(0, []byte(at(uint64(state.Size())+1)))
		}}, state.check(0)
	},
}
