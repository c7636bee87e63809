package lowwatermark

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/lowwatermark"
	"github.com/lockstep-tla/lockstep/trace"
)

// cleaner takes snapshots and removes segments while goroutines append to real files, and
// another one reads from the log's beginning.
var cleaner = logs.Crowd{
	Name: "cleaner", Header: header, Node: node, Acknowledged: "applied",
	Writers: 4, Each: 12, Rounds: 1, Nondeterministic: true,
	Open: func(rec *trace.Recorder, fs disk.FS, folder string, _ int) (*logs.Process, error) {
		store, err := lowwatermark.Open(filepath.Join(folder, dir), new(words), lowwatermark.Options{
			SegmentSize: 300, SnapshotEvery: 10, FS: fs, Trace: rec, Node: node,
		})
		if err != nil {
			return nil, err
		}
		reader := func(ctx context.Context) error { return follow(ctx, store) }
		return &logs.Process{
			Beside: []func(context.Context) error{reader}, Settle: store.Snapshot, Close: store.Close,
			Next: func(worker int) (uint64, error) { return store.Append(0, []byte(logs.Values[worker])) },
		}, nil
	},
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
	Header: header, Node: node, From: 8, Range: 30, Left: recordCrash, Nondeterministic: true,
	Open: func(rec *trace.Recorder, fs disk.FS, folder string, _ int) (*logs.Process, error) {
		state := new(words)
		store, err := lowwatermark.Open(folder, state, lowwatermark.Options{
			SegmentSize: 150, Preallocate: 256, FS: fs, Trace: rec, Node: node,
		})
		if err != nil {
			return nil, err
		}
		return &logs.Process{Found: uint64(state.Size()), Settle: store.Snapshot, Close: store.Close, Next: func(int) (uint64, error) {
			if state.Size()%3 == 0 {
				if err := store.Snapshot(); err != nil {
					return 0, err
				}
			}
			return store.Append(0, []byte(logs.At(uint64(state.Size())+1)))
		}}, state.check(0)
	},
}
