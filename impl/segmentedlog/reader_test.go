package segmentedlog

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
)

// TestReadersGoOnWhileTheEndIsTruncated and other entries take its place, also across segments and
// while the oldest segments are removed. A reader gets what was acknowledged, though it has read
// ahead in the file what is truncated then.
func TestReadersGoOnWhileTheEndIsTruncated(t *testing.T) {
	const rounds, kept, cut, readers = 60, 3, 4, 3
	l := opened(t, disktest.New(), Options{SegmentSize: 200, Hold: true})
	submit := func(n int, text string) error {
		for range n {
			if _, err := l.Submit(0, fmt.Append(nil, text, l.Status().Appended+1)); err != nil {
				return err
			}
		}
		return l.Sync()
	}
	var busy sync.WaitGroup
	var ended atomic.Bool
	var read [readers]atomic.Uint64
	failed := make([]error, readers+1)
	follow := func(i int) error {
		defer read[i].Store(math.MaxUint64) // the writer waits no longer
		for next := uint64(1); next <= rounds*kept && !ended.Load(); runtime.Gosched() {
			for e, err := range l.Entries(next) {
				if err != nil || e.Index != next || string(e.Payload) != fmt.Sprint("kept ", next) {
					return fmt.Errorf("entry %d, %q, for %d: %w", e.Index, e.Payload, next, err)
				}
				read[i].Store(next)
				next++
				for l.Status().Acknowledged < min(next+kept, rounds*kept) && !ended.Load() {
					runtime.Gosched()
				}
			}
		}
		return nil
	}
	for i := range readers {
		busy.Go(func() { failed[i] = follow(i) })
	}
	for end := uint64(kept); end <= rounds*kept && failed[readers] == nil; end += kept {
		err := errors.Join(submit(kept, "kept "), submit(cut, "cut "), l.Commit(end))
		for i := range readers {
			for read[i].Load() < end-kept { // and begins to read what was committed now
				runtime.Gosched()
			}
		}
		failed[readers] = errors.Join(err, l.TruncateFrom(end+1), l.DropBefore(max(end, 20)-20))
	}
	ended.Store(failed[readers] != nil)
	busy.Wait()
	require.NoError(t, errors.Join(failed...))
	require.Greater(t, l.Status().First, uint64(1))
}
