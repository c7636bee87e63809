package lowwatermark

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs/logstest"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/lowwatermark"
	"github.com/lockstep-tla/lockstep/trace"
)

// recorded is a trace of this number of steps of a store that takes a snapshot after every 300
// updates, and removes what is below the mark.
func recorded(b *testing.B, steps int) *trace.Trace {
	b.Helper()
	var out bytes.Buffer
	rec := trace.New(&out, header.Of("speed", 1))
	store, err := lowwatermark.Open(dir, new(words), lowwatermark.Options{
		SegmentSize: 8 << 10, FS: disktest.New(), Trace: rec, Node: node,
	})
	require.NoError(b, err)
	for i := uint64(1); rec.Steps() < steps; i++ {
		_, err := store.Append(0, []byte(logs.At(i)))
		require.NoError(b, err)
		if i%300 == 0 {
			require.NoError(b, store.Snapshot())
		}
	}
	require.Greater(b, store.Status().First+1000, store.Status().Applied, "the log stays short")
	require.NoError(b, store.Close())
	require.NoError(b, rec.Close())
	t, err := trace.Read(&out, "speed")
	require.NoError(b, err)
	t.Events = t.Events[:steps]
	return t
}

// BenchmarkReplay replays one long trace.
func BenchmarkReplay(b *testing.B) {
	for _, steps := range []int{10_000, 30_000, 100_000} {
		b.Run(fmt.Sprintf("1 trace of %d steps", steps), func(b *testing.B) {
			logstest.Replay(b, &Pattern, []*trace.Trace{recorded(b, steps)})
		})
	}
}
