package segmentedlog

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
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
	var busy sync.WaitGroup
	failed := make([]error, writers+2)
	for i := range writers {
		busy.Go(func() {
			for range each {
				index, err := log.Append(0, []byte(values[i]))
				if failed[i] = errors.Join(err, ctx.Err()); failed[i] != nil {
					return
				}
				told(index)
			}
		})
	}
	for i := range 2 {
		busy.Go(func() { failed[writers+i] = follow(ctx, log, begin.First, last, i == 0) })
	}
	busy.Wait()
	return errors.Join(failed...)
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

// kill starts a process that appends to real files, and dies at one of the disk
// operations of a roll or of a removal; and starts it again. The trace goes on from
// process to process. A client must find in the next one what was acknowledged to it.
func kill(ctx context.Context, run conformance.Run) error {
	kills := toolbox.Length(run, 8, 60)
	rng := rand.New(rand.NewPCG(uint64(run.Seed), 5))
	folder, known := filepath.Join(run.Dir, dir), uint64(0)
	for i := range kills {
		n, before := rng.IntN(14), i%2 == 0
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
	log, e := segmentedlog.Open(folder, segmentedlog.Options{Trace: rec, Node: node})
	if e == nil {
		_, err = check(log, err)
		e = log.Close()
	}
	return errors.Join(err, e, rec.Close())
}

// check reads everything that there is, and returns the last index.
func check(log *segmentedlog.Log, err error) (uint64, error) {
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
	log, err := segmentedlog.Open(folder, segmentedlog.Options{
		SegmentSize: 150, Preallocate: 256, FS: disktest.Intercept(disk.OS{}, point), Trace: rec, Node: node,
	})
	if err != nil {
		return err
	}
	last, err := check(log, nil)
	fmt.Println("found", last)
	for err == nil {
		if last, err = log.Append(0, []byte(at(log.Status().Appended+1))); err != nil {
			break
		}
		fmt.Println("done", last)
		if last%6 == 0 {
			err = log.DropBefore(last - 4)
		}
	}
	return err
}
