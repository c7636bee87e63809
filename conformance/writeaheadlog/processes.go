package writeaheadlog

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// writers lets goroutines write to one map in a real file, each to its own key,
// closes it, and looks for everything.
func writers(ctx context.Context, run conformance.Run) error {
	var answers toolbox.Answers
	err := toolbox.Record(run, header("writers", run.Seed), func(rec *trace.Recorder) error {
		want := map[string]string{}
		for range 2 {
			m, err := wal.OpenMap(filepath.Join(run.Dir, file), wal.Options{
				Policy: toolbox.Pick(policies, run.Seed), FlushInterval: time.Millisecond, Trace: rec, Node: node,
			})
			if err != nil {
				return err
			}
			for key, value := range want {
				if got, _ := m.Get(key); got != value {
					err = errors.Join(err, fmt.Errorf("%s was %q and is %q", key, value, got))
				}
			}
			told := func(t wal.Ticket) {
				answers.Told(rec, node, "Wait has returned", func(state *trace.Record) bool {
					return state.String("mode") == "up" && state.Uint("acked") >= t.Index
				})
			}
			if err := errors.Join(err, writeAll(ctx, m, run.Seed, want, told), m.Close()); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, answers.Check(run.Path))
}

// writeAll writes to each key from a goroutine of its own, and puts the last value of
// each key into want. It calls told for each entry that was acknowledged.
func writeAll(ctx context.Context, m *wal.Map, seed int64, want map[string]string, told func(wal.Ticket)) error {
	var wg sync.WaitGroup
	failed := make([]error, len(keys))
	last := make([]string, len(keys))
	for i, key := range keys {
		wg.Go(func() {
			for _, op := range workload(seed*10+int64(i), 10, 20) {
				last[i] = toolbox.Pick(values, op.Values[i])
				var b wal.Batch
				b.Put(key, last[i])
				t, err := m.Submit(&b)
				if err == nil {
					err = t.Wait()
				}
				if failed[i] = errors.Join(err, ctx.Err()); failed[i] != nil {
					return
				}
				told(t)
			}
		})
	}
	wg.Wait()
	for i, key := range keys {
		want[key] = last[i]
	}
	return errors.Join(failed...)
}

// kill starts a process that writes to a map in a real file, kills it at a random
// moment, and starts it again. The trace goes on from process to process. A client
// must find in the next one what was acknowledged to it.
func kill(ctx context.Context, run conformance.Run) error {
	kills := 5
	if run.Long {
		kills = 50
	}
	rng := rand.New(rand.NewPCG(uint64(run.Seed), 0))
	known := acknowledged{}
	var failed error
	for i := 0; i < kills && failed == nil; i++ {
		failed = killOne(ctx, run, rng, known)
	}
	rec, err := resume(run.Path, filepath.Join(run.Dir, file), run.Seed)
	if err != nil {
		return errors.Join(failed, err)
	}
	if failed == nil {
		failed = openLast(run, rec, known)
	}
	return errors.Join(failed, rec.Close())
}

// killOne starts one process and kills it after some answers, or when it has
// nothing left to do.
func killOne(ctx context.Context, run conformance.Run, rng *rand.Rand, known acknowledged) error {
	policy := rng.IntN(len(policies))
	p, err := toolbox.Start(ctx, run, "writer", run.Path, filepath.Join(run.Dir, file), fmt.Sprint(policy), fmt.Sprint(run.Seed))
	if err != nil {
		return err
	}
	answers, armed := rng.IntN(30), false // how many answers it may give before it is killed
	for line := range p.Lines() {
		if err = known.hear(line); err != nil {
			break
		}
		if strings.HasPrefix(line, "done") {
			answers--
		}
		if (answers < 0 || line == "idle") && !armed {
			armed = true
			time.AfterFunc(time.Duration(rng.IntN(2000))*time.Microsecond, func() { _ = p.KillNow() })
		}
	}
	if !armed && err == nil {
		err = errors.New("the process ended before it was killed")
	}
	return errors.Join(err, p.Kill())
}

// acknowledged is, by key, the place in values that a client knows of. Each key has
// one writer, which writes one value after the other.
type acknowledged map[string]int

// hear takes one line of the process: `found KEY PLACE` for what it has found at its
// start, and `done KEY PLACE` when a write was acknowledged.
func (a acknowledged) hear(line string) error {
	var kind, key string
	var place int
	if n, _ := fmt.Sscan(line, &kind, &key, &place); n < 3 {
		return nil // cut by the kill
	}
	if kind != "done" {
		if err := a.find(key, place); err != nil {
			return err
		}
	}
	a[key] = place
	return nil
}

// find says whether what is found is what was acknowledged last, or the one write
// after it, whose answer its client may have missed.
func (a acknowledged) find(key string, place int) error {
	if last, ok := a[key]; ok && place != last && place != (last+1)%len(values) {
		return fmt.Errorf("%s had reached value %d for its client, and value %d is found", key, last, place)
	}
	return nil
}

// openLast opens the map once more, in this process, and looks for everything.
func openLast(run conformance.Run, rec *trace.Recorder, known acknowledged) error {
	m, err := wal.OpenMap(filepath.Join(run.Dir, file), wal.Options{Trace: rec, Node: node})
	if err != nil {
		return err
	}
	for key := range known {
		value, _ := m.Get(key)
		err = errors.Join(err, known.find(key, slices.Index(values, value)))
	}
	return errors.Join(err, m.Close())
}

// resume goes on with the trace of a process that was killed, or begins it. It
// reads the log's file by other means than the log's own.
func resume(path, log string, seed int64) (*trace.Recorder, error) {
	rec, first, err := toolbox.Resume(path, header("kill", seed))
	if first || err != nil {
		return rec, err
	}
	left, err := trace.ReadUnfinished(path)
	if err != nil {
		return nil, err
	}
	if n := len(left.Events); n == 0 || left.Events[n-1].State["mode"] == "down" {
		return rec, nil // it had not begun yet, or ended by itself
	}
	b, err := os.ReadFile(log)
	if err != nil {
		return nil, err
	}
	recordCrash(rec, readLog(b), false)
	return rec, nil
}

// child is the process that is killed.
func child(args []string) error {
	var path, log string
	var policy wal.Policy
	var seed int64
	if err := toolbox.Arguments(args, "TRACE LOG POLICY SEED", &path, &log, &policy, &seed); err != nil {
		return err
	}
	rec, err := resume(path, log, seed)
	if err != nil {
		return err
	}
	m, err := wal.OpenMap(log, wal.Options{
		Policy: policy, FlushInterval: time.Millisecond, Preallocate: 4096, Trace: rec, Node: node,
	})
	if err != nil {
		return err
	}
	var out sync.Mutex
	for _, key := range keys {
		if value, ok := m.Get(key); ok {
			fmt.Println("found", key, slices.Index(values, value))
		}
	}
	var wg sync.WaitGroup
	for _, key := range keys {
		wg.Go(func() {
			value, _ := m.Get(key)
			place := slices.Index(values, value)
			for range 10 {
				place = (place + 1) % len(values)
				if err := m.Put(key, values[place]); err != nil {
					fmt.Fprintln(os.Stderr, err)
					return
				}
				out.Lock()
				fmt.Println("done", key, place)
				out.Unlock()
			}
		})
	}
	wg.Wait()
	fmt.Println("idle")
	toolbox.UntilParentEnds()
	return nil
}
