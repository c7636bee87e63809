package writeaheadlog

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// open opens a map in a real file.
func open(fs disk.FS, path string, policy wal.Policy, rec *trace.Recorder) (*wal.Map, error) {
	return wal.OpenMap(path, wal.Options{
		Policy: policy, FlushInterval: time.Millisecond, Preallocate: 4096, FS: fs, Trace: rec, Node: node,
	})
}

// writers lets goroutines write to one map in a real file, each to its own key, closes
// it, and opens it again.
func writers(ctx context.Context, run conformance.Run) error {
	return toolbox.RecordAnswers(run, header("writers", run.Seed), func(rec *trace.Recorder, answers *toolbox.Answers) error {
		for range 2 {
			m, err := open(disk.OS{}, filepath.Join(run.Dir, file), toolbox.Pick(policies, run.Seed), rec)
			if err != nil {
				return err
			}
			err = toolbox.Concurrently(len(keys), func(i int) error {
				for n := range 24 {
					index, err := write(m, i, n)
					if err = errors.Join(err, ctx.Err()); err != nil {
						return err
					}
					answers.Told(rec, node, "Wait has returned", func(state *trace.Record) bool {
						return state.String("mode") == "up" && state.Uint("acked") >= index
					})
				}
				return nil
			})
			if err := errors.Join(err, m.Close()); err != nil {
				return err
			}
		}
		return nil
	})
}

// write gives a key one of the values, and returns the entry's index when that is
// acknowledged.
func write(m *wal.Map, key, value int) (uint64, error) {
	var b wal.Batch
	b.Put(keys[key], values[value])
	t, err := m.Submit(&b)
	if err != nil {
		return 0, err
	}
	return t.Index, t.Wait()
}

// killed writes to each key from a goroutine of its own, under each policy, and dies at one
// of its disk operations.
var killed = logs.Killed{
	Header: header,
	Range:  14, Workers: len(keys),
	Left: func(rec *trace.Recorder, path string, fs disk.FS, folder string) error {
		return recordCrash(rec, path, fs, filepath.Join(folder, file))
	},
	Open: func(rec *trace.Recorder, fs disk.FS, folder string, n int) (*logs.Process, error) {
		if err := fs.MkdirAll(folder); err != nil {
			return nil, err
		}
		m, err := open(fs, filepath.Join(folder, file), toolbox.Pick(policies, n), rec)
		if err != nil {
			return nil, err
		}
		return &logs.Process{Found: m.Log().Status().Applied, Close: m.Close, Next: func(worker int) (uint64, error) {
			index, err := write(m, worker, int(m.Log().Status().Appended)%len(values))
			if err == nil {
				err = m.Log().Sync() // else Async hardly comes to the operation at which the process dies
			}
			return index, err
		}}, nil
	},
}
