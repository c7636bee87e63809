package writeaheadlog

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// writers lets goroutines write to one map in a real file, each to its own key
// and now and then to all, closes it, and looks for everything.
func writers(ctx context.Context, run conformance.Run) (err error) {
	rec, err := trace.Create(run.Path, header("writers", run.Seed))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rec.Close()) }()
	options := wal.Options{
		Policy:        wal.Policy(run.Seed % 3),
		FlushInterval: time.Millisecond,
		Trace:         rec, Node: node,
	}
	path := filepath.Join(run.Dir, file)
	want := map[string]string{}
	for range 2 {
		m, err := wal.OpenMap(path, options)
		if err != nil {
			return err
		}
		for key, value := range want {
			if got, _ := m.Get(key); got != value {
				err = errors.Join(err, fmt.Errorf("%s was %q and is %q", key, value, got))
			}
		}
		err = errors.Join(err, writeAll(ctx, m, run.Seed, want), m.Close())
		if err != nil {
			return err
		}
	}
	return nil
}

// writeAll writes to each key from a goroutine of its own, and puts into want
// what must be found at last.
func writeAll(ctx context.Context, m *wal.Map, seed int64, want map[string]string) error {
	var wg sync.WaitGroup
	failed := make([]error, len(keys))
	last := make([]string, len(keys))
	for i, key := range keys {
		wg.Go(func() {
			for _, op := range workload(seed*10+int64(i), 10, 20) {
				last[i] = values[int(op.Values[i])%len(values)]
				if failed[i] = errors.Join(m.Put(key, last[i]), ctx.Err()); failed[i] != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	for i, key := range keys {
		want[key] = last[i]
	}
	return errors.Join(failed...)
}
