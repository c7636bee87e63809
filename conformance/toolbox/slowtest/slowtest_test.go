package slowtest

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/impl/environment/network/networktest"
	"github.com/lockstep-tla/lockstep/trace"
)

// view is a state without fields.
type view struct{}

func (view) View(*trace.Object) {}

// watched is the nth write of a run whose steps a test records.
func watched(t *testing.T, nth int64, limit time.Duration) (*Write, *trace.Recorder) {
	rec := trace.Watch(func(trace.Event) error { return nil })
	w := &Write{Nth: nth, ctx: t.Context(), limit: limit}
	return w, rec
}

// TestTheSlowWriteWaitsForOthersTwice: before it is made and behind it. No other write waits.
func TestTheSlowWriteWaitsForOthersTwice(t *testing.T) {
	w, rec := watched(t, 2, time.Hour)
	var at []int
	do := func(want bool) {
		require.NoError(t, w.Do(func(slow bool) error {
			require.Equal(t, want, slow)
			at = append(at, rec.Steps())
			return nil
		}))
	}
	do(false) // before the run has begun it does not count
	w.Begin(rec)
	do(false)
	require.Equal(t, []int{0, 0}, at)

	w.Then = func() { at = append(at, rec.Steps()) }
	ctx, end := context.WithCancel(t.Context())
	var others sync.WaitGroup
	others.Go(func() {
		for ctx.Err() == nil {
			rec.Step("Other").State(view{})
			runtime.Gosched()
		}
	})
	do(true)
	end()
	others.Wait()
	require.GreaterOrEqual(t, at[2], enough)
	require.GreaterOrEqual(t, at[3], at[2]+enough)
	require.GreaterOrEqual(t, w.met.Load(), int64(2*enough))
	do(false)
}

// TestAWriteDoesNotWaitForEver: others may wait for what it holds.
func TestAWriteDoesNotWaitForEver(t *testing.T) {
	w, rec := watched(t, 1, time.Millisecond)
	w.Begin(rec)
	require.NoError(t, w.Do(func(bool) error { return nil }))
	require.Zero(t, w.met.Load())
}

// TestEachWayCounts: writes and flushes of a disk, and no other operations; and datagrams.
func TestEachWayCounts(t *testing.T) {
	w, rec := watched(t, 2, time.Millisecond)
	fake := disktest.New()
	w.Begin(rec)
	synced := 0
	w.Then = func() { synced = fake.Unsynced("f") }
	fs := disktest.Intercept(fake, w.Disk())
	f, err := fs.Create("f")
	require.NoError(t, err)
	_, err = f.WriteAt([]byte("abc"), 0)
	require.NoError(t, err)
	require.EqualValues(t, 1, w.begun.Load())
	synced = fake.Unsynced("f")
	require.Positive(t, synced)
	require.NoError(t, f.Sync())
	require.Zero(t, synced, "the flush was over when it was called slow")

	e, err := networktest.NewMemory().Listen("a")
	require.NoError(t, err)
	require.NoError(t, w.Endpoint(e).Send("b", nil))
	l, err := w.TCP().Listen("127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	c, err := w.TCP().Dial(t.Context(), l.Addr().String())
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Write([]byte("x"))
	require.NoError(t, err)
	require.EqualValues(t, 4, w.begun.Load())
}
