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

// open opens a map in a real file.
func open(path string, policy wal.Policy, rec *trace.Recorder) (*wal.Map, error) {
	return wal.OpenMap(path, wal.Options{Policy: policy, FlushInterval: time.Millisecond, Preallocate: 4096, Trace: rec, Node: node})
}

// place is where in values the value of a key is, or -1 for a key without one.
func place(m *wal.Map, key string) int {
	value, _ := m.Get(key)
	return slices.Index(values, value)
}

// writeAll writes to each key from a goroutine of its own, the values in turn, as often as
// times says. It calls done for each write that was acknowledged, for one at a time.
func writeAll(ctx context.Context, m *wal.Map, times int, done func(key string, place int, t wal.Ticket)) error {
	var mu sync.Mutex
	failed := make(chan error, len(keys))
	for _, key := range keys {
		at := place(m, key)
		go func() {
			var err error
			for i := 0; i < times && err == nil; i++ {
				at = (at + 1) % len(values)
				var b wal.Batch
				b.Put(key, values[at])
				var t wal.Ticket
				if t, err = m.Submit(&b); err == nil {
					err = errors.Join(t.Wait(), ctx.Err())
				}
				if err == nil {
					mu.Lock()
					done(key, at, t)
					mu.Unlock()
				}
			}
			failed <- err
		}()
	}
	var err error
	for range keys {
		err = errors.Join(err, <-failed)
	}
	return err
}

// writers lets goroutines write to one map in a real file, each to its own key,
// closes it, and looks for everything.
func writers(ctx context.Context, run conformance.Run) error {
	return toolbox.RecordAnswers(run, header("writers", run.Seed), func(rec *trace.Recorder, answers *toolbox.Answers) error {
		known := acknowledged{}
		for range 2 {
			m, err := open(filepath.Join(run.Dir, file), toolbox.Pick(policies, run.Seed), rec)
			if err != nil {
				return err
			}
			for key, last := range known {
				if found := place(m, key); found != last {
					err = errors.Join(err, fmt.Errorf("%s had value %d and has value %d", key, last, found))
				}
			}
			done := func(key string, place int, t wal.Ticket) {
				known[key] = place
				answers.Told(rec, node, "Wait has returned", func(state *trace.Record) bool {
					return state.String("mode") == "up" && state.Uint("acked") >= t.Index
				})
			}
			if err := errors.Join(err, writeAll(ctx, m, 24, done), m.Close()); err != nil {
				return err
			}
		}
		return nil
	})
}

// kill starts a process that writes to a map in a real file, kills it at a random
// moment, and starts it again. The trace goes on from process to process. A client
// must find in the next one what was acknowledged to it.
func kill(ctx context.Context, run conformance.Run) (err error) {
	kills := toolbox.Length(run, 5, 50)
	rng, known := rand.New(rand.NewPCG(uint64(run.Seed), 0)), acknowledged{}
	for i := 0; i < kills && err == nil; i++ {
		err = killOne(ctx, run, rng, known)
	}
	path := filepath.Join(run.Dir, file)
	rec, failed := resume(run.Path, path, run.Seed)
	if failed != nil {
		return errors.Join(err, failed)
	}
	defer func() { err = errors.Join(err, rec.Close()) }()
	m, failed := open(path, wal.EachEntry, rec)
	if failed != nil {
		return errors.Join(err, failed)
	}
	for key := range known {
		err = errors.Join(err, known.find(key, place(m, key)))
	}
	return errors.Join(err, m.Close())
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
func (a acknowledged) hear(line string) (err error) {
	var kind, key string
	var place int
	if n, _ := fmt.Sscan(line, &kind, &key, &place); n < 3 {
		return nil // cut by the kill
	}
	if kind == "found" {
		err = a.find(key, place)
	}
	a[key] = place
	return err
}

// find says whether what is found is what was acknowledged last, or the one write
// after it, whose answer its client may have missed.
func (a acknowledged) find(key string, place int) error {
	if last, ok := a[key]; ok && place != last && place != (last+1)%len(values) {
		return fmt.Errorf("%s had reached value %d for its client, and value %d is found", key, last, place)
	}
	return nil
}

// resume goes on with the trace of a process that was killed, or begins it. It
// reads the log's file by other means than the log's own.
func resume(path, log string, seed int64) (*trace.Recorder, error) {
	rec, first, err := toolbox.Resume(path, header("kill", seed))
	if first || err != nil {
		return rec, err
	}
	last, err := toolbox.LastStep(path)
	if err != nil {
		return nil, err
	}
	if last == nil || last.State["mode"] == "down" {
		return rec, nil // it had not begun yet, or ended by itself
	}
	b, err := os.ReadFile(log)
	if err != nil {
		return nil, err
	}
	f := readLog(b)
	recordCrash(rec, f, f.records, f.bad())
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
	m, err := open(log, policy, rec)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if at := place(m, key); at >= 0 {
			fmt.Println("found", key, at)
		}
	}
	err = writeAll(context.Background(), m, 10, func(key string, place int, _ wal.Ticket) { fmt.Println("done", key, place) })
	if err != nil {
		return err
	}
	fmt.Println("idle")
	toolbox.UntilParentEnds()
	return nil
}
