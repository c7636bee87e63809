package lowwatermark

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
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

// kill starts a process that appends to real files, takes snapshots and removes segments,
// and dies at one of its disk operations; and starts it again. The trace goes on from
// process to process. A client must find in the next one what was acknowledged to it.
func kill(ctx context.Context, run conformance.Run) error {
	kills := toolbox.Length(run, 8, 60)
	rng := rand.New(rand.NewPCG(uint64(run.Seed), 7))
	folder, known := filepath.Join(run.Dir, dir), uint64(0)
	for i := range kills {
		n, before := 8+rng.IntN(30), i%2 == 0
		p, err := toolbox.Start(ctx, run, "appender", run.Path, folder, fmt.Sprint(run.Seed), fmt.Sprint(n), fmt.Sprint(before))
		if err != nil {
			return err
		}
		if err := p.HearCounts(&known); err != nil {
			return err
		}
	}
	rec, _, err := toolbox.Resume(run.Path, header("kill", run.Seed))
	if err != nil {
		return err
	}
	err = recordCrash(rec, run.Path, disk.OS{}, folder)
	state := new(words)
	store, e := lowwatermark.Open(folder, state, lowwatermark.Options{Trace: rec, Node: node})
	if e == nil {
		e = errors.Join(check(state, int(known)), store.Close())
	}
	return errors.Join(err, e, rec.Close())
}

// check says whether the state has all updates that it must have, and as they were.
func check(state *words, known int) error {
	if state.Size() < known {
		return fmt.Errorf("update %d was acknowledged, and %d are found", known, state.Size())
	}
	for i, value := range state.all {
		if value != at(uint64(i)+1) {
			return fmt.Errorf("update %d is %q", i+1, value)
		}
	}
	return nil
}

// child is the process that dies.
func child(args []string) error {
	var path, folder string
	var seed int64
	var n int
	var before bool
	if err := toolbox.Arguments(args, "TRACE FOLDER SEED N BEFORE", &path, &folder, &seed, &n, &before); err != nil {
		return err
	}
	rec, first, err := toolbox.Resume(path, header("kill", seed))
	if err == nil && !first {
		err = recordCrash(rec, path, disk.OS{}, folder)
	}
	if err != nil {
		return err
	}
	point := disktest.AtOperation(n, before, toolbox.KillSelf)
	state := new(words)
	store, err := lowwatermark.Open(folder, state, lowwatermark.Options{
		SegmentSize: 150, Preallocate: 256, FS: disktest.Intercept(disk.OS{}, point), Trace: rec, Node: node,
	})
	if err != nil {
		return err
	}
	err = check(state, 0)
	fmt.Println("found", state.Size())
	for err == nil {
		var last uint64
		if last, err = store.Append(0, []byte(at(uint64(state.Size())+1))); err != nil {
			break
		}
		fmt.Println("done", last)
		if last%3 == 0 {
			err = store.Snapshot()
		}
	}
	return err
}
