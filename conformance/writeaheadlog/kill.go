package writeaheadlog

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// kill starts a process that writes to a map in a real file, kills it at a
// random moment, and starts it again. The trace goes on from life to life.
// What a client was told must be there in the next life.
func kill(ctx context.Context, run conformance.Run) error {
	kills := 5
	if run.Long {
		kills = 50
	}
	rng := rand.New(rand.NewPCG(uint64(run.Seed), 0))
	told := map[string]int{} // by key: the place in values that a client knows of
	var failed error
	for range kills {
		policy := wal.Policy(rng.IntN(3))
		if failed = oneLife(ctx, run, rng, policy, told); failed != nil {
			break
		}
	}
	rec, err := resume(run.Path, filepath.Join(run.Dir, file), run.Seed)
	if err != nil {
		return errors.Join(failed, err)
	}
	if failed == nil {
		failed = lastLife(run, rec, told)
	}
	return errors.Join(failed, rec.Close())
}

// oneLife is one process, from its start to its end.
func oneLife(ctx context.Context, run conformance.Run, rng *rand.Rand, policy wal.Policy, told map[string]int) error {
	cmd := run.Command(ctx, run.Path, filepath.Join(run.Dir, file), fmt.Sprint(int(policy)), fmt.Sprint(run.Seed))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if _, err := cmd.StdinPipe(); err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	lines := bufio.NewScanner(out)
	answers := rng.IntN(30) // how many answers it may give before it dies
	for lines.Scan() {
		if err = heard(lines.Text(), told); err != nil {
			break
		}
		switch {
		case strings.HasPrefix(lines.Text(), "done"):
			answers--
		case lines.Text() == "idle":
			answers = min(answers, -1)
		}
		if answers < 0 {
			time.AfterFunc(time.Duration(rng.IntN(2000))*time.Microsecond, func() { cmd.Process.Kill() })
			answers = 1 << 30
		}
	}
	if answers < 1<<20 && err == nil {
		err = errors.New("the process ended before it was killed")
	}
	cmd.Process.Kill()
	cmd.Wait() // it was killed, and says so
	return err
}

// heard takes one line of the process. It says `found KEY PLACE` for what it
// has found at its start, and `done KEY PLACE` when a write was acknowledged.
// Each key has one writer, which writes one value after the other.
func heard(line string, told map[string]int) error {
	var what, key string
	var place int
	if n, _ := fmt.Sscan(line, &what, &key, &place); n < 3 {
		return nil // cut by the kill
	}
	switch {
	case what == "done":
		told[key] = place
	case !follows(told, key, place):
		return fmt.Errorf("%s had reached value %d for its client, and value %d is found", key, told[key], place)
	default:
		told[key] = place
	}
	return nil
}

// follows says whether what is found is what was acknowledged last, or the one
// write after it, of which its client had not heard.
func follows(told map[string]int, key string, place int) bool {
	last, ok := told[key]
	return !ok || place == last || place == (last+1)%len(values)
}

// lastLife opens the map once more, in this process, and looks for everything.
func lastLife(run conformance.Run, rec *trace.Recorder, told map[string]int) error {
	m, err := wal.OpenMap(filepath.Join(run.Dir, file), wal.Options{Trace: rec, Node: node})
	if err != nil {
		return err
	}
	for key := range told {
		value, _ := m.Get(key)
		if place := slices.Index(values, value); !follows(told, key, place) {
			err = errors.Join(err, fmt.Errorf("%s had reached value %d for its client, and %q is found", key, told[key], value))
		}
	}
	return errors.Join(err, m.Close())
}

// resume goes on with the trace of a process that was killed, or begins it. The
// file is read by other means than the log's own.
func resume(path, log string, seed int64) (*trace.Recorder, error) {
	rec, err := trace.Resume(path)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, trace.ErrNoHeader) {
		return trace.Create(path, header("kill", seed))
	}
	if err != nil {
		return nil, err
	}
	events, err := trace.ReadUnfinished(path)
	if err != nil {
		return nil, err
	}
	if n := len(events.Events); n == 0 || events.Events[n-1].State["mode"] == "down" {
		return rec, nil // it had not begun yet, or ended by itself
	}
	b, err := os.ReadFile(log)
	if err != nil {
		return nil, err
	}
	recordCrash(rec, look(b), false)
	return rec, nil
}

// child is the process that is killed.
func child(args []string) error {
	if len(args) != 4 {
		return fmt.Errorf("want: TRACE LOG POLICY SEED; have %q", args)
	}
	var policy wal.Policy
	var seed int64
	if _, err := fmt.Sscan(args[2]+" "+args[3], &policy, &seed); err != nil {
		return err
	}
	rec, err := resume(args[0], args[1], seed)
	if err != nil {
		return err
	}
	m, err := wal.OpenMap(args[1], wal.Options{
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
	_, err = io.Copy(io.Discard, os.Stdin) // until it is killed, or nobody is there to do that
	return err
}
