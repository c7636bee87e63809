package writeaheadlog

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs/logstest"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
	"github.com/lockstep-tla/lockstep/trace"
)

// recorded is a trace of this number of steps of a log that is written to. If
// it is short-lived, it is opened under the policy that never flushes, and
// crashes after every 300 writes, so that it stays short; else it grows.
func recorded(b *testing.B, seed int64, steps int, shortLived bool) *trace.Trace {
	b.Helper()
	var out bytes.Buffer
	rec := trace.New(&out, header.Of("speed", seed))
	fs := disktest.New()
	options := wal.Options{Policy: wal.Group, FlushInterval: math.MaxInt64, Preallocate: 300, MaxBuffer: 512, FS: fs, Trace: rec, Node: node}
	if shortLived {
		options.Policy = wal.Async
	}
	m, err := wal.OpenMap(file, options)
	require.NoError(b, err)
	// A write is three steps or more.
	for i, op := range toolbox.Workload[logs.Operation](seed, steps/3+1, steps/3+1) {
		if shortLived && i%300 == 299 {
			fs.CrashRandomly(0, disktest.Nothing)
			f, err := logs.ReadFile(fs, file)
			require.NoError(b, err)
			stepCrash(rec, f, f.Slots, f.Bad())
			m, err = wal.OpenMap(file, options)
			require.NoError(b, err)
		}
		require.NoError(b, m.Write(batchOf(op)))
	}
	require.NoError(b, rec.Close())
	t, err := trace.Read(&out, fmt.Sprintf("speed %d", seed))
	require.NoError(b, err)
	require.GreaterOrEqual(b, len(t.Events), steps)
	t.Events = t.Events[:steps]
	return t
}

// BenchmarkReplay replays many short traces, and one long one. Beside it: what a process for
// each trace costs, as it is measured on 20 of them.
func BenchmarkReplay(b *testing.B) {
	for _, c := range []struct {
		name          string
		traces, steps int
		shortLived    bool
		alone         bool
	}{
		{"1000 traces of 100 steps", 1000, 100, false, false},
		{"1 trace of 10000 steps", 1, 10_000, true, false},
		{"1 trace of 100000 steps", 1, 100_000, true, false},
		{"1 trace of 10000 steps, the log grows", 1, 10_000, false, false},
		{"1 trace of 30000 steps, the log grows", 1, 30_000, false, false},
		{"1 trace of 100000 steps, the log grows", 1, 100_000, false, false},
		{"20 traces of 100 steps, a process each", 20, 100, false, true},
	} {
		b.Run(c.name, func(b *testing.B) {
			var batches [][]*trace.Trace
			for i := range c.traces {
				t := recorded(b, int64(i)+1, c.steps, c.shortLived)
				if i == 0 || c.alone {
					batches = append(batches, nil)
				}
				batches[len(batches)-1] = append(batches[len(batches)-1], t)
			}
			logstest.Replay(b, &Pattern, batches...)
		})
	}
}
