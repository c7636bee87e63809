package lowwatermark

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
)

// counter is a state that counts its updates.
type counter struct{ n byte }

func (c *counter) Apply(Entry)                { c.n++ }
func (c *counter) Snapshot() []byte           { return []byte{c.n} }
func (c *counter) Restore(state []byte) error { c.n = state[0]; return nil }

// TestAgesAreKeptForTheRetentionTimeAlone, and only of segments that are sealed: without
// a retention time the list would never get shorter.
func TestAgesAreKeptForTheRetentionTimeAlone(t *testing.T) {
	for _, retention := range []time.Duration{0, time.Hour} {
		want := map[time.Duration]int{0: 0, time.Hour: 9}[retention]
		fs := disktest.New()
		store, err := Open("store", new(counter), Options{FS: fs, Retention: retention, SegmentSize: 1})
		require.NoError(t, err)
		for range 10 {
			_, err := store.Append(0, []byte("update"))
			require.NoError(t, err)
		}
		require.Len(t, store.sealed, want)
		fs.FailSync("store/log")
		_, err = store.Append(0, []byte("update"))
		require.ErrorIs(t, err, disk.ErrIO)
		require.Len(t, store.sealed, want, "the roll has failed")
		require.ErrorIs(t, store.Close(), ErrPoisoned)

		store, err = Open("store", new(counter), Options{FS: fs, Retention: retention})
		require.NoError(t, err)
		require.Equal(t, retention > 0, len(store.sealed) > 0)
		require.NoError(t, store.Close())
	}
}
