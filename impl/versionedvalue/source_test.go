package versionedvalue

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/hybridclock"
)

// TestVersionsOfAHybridClock lets versions be stamps: they grow, and tell the time at
// which each value was written.
func TestVersionsOfAHybridClock(t *testing.T) {
	clock, err := hybridclock.Open(hybridclock.Options{Path: filepath.Join(t.TempDir(), "clock")})
	require.NoError(t, err)
	s := open(t, Options{Source: func(after uint64) uint64 {
		stamp, err := clock.Update(hybridclock.Stamp(after))
		require.NoError(t, err)
		return uint64(stamp)
	}})
	first := put(t, s, "title", "draft")
	second := put(t, s, "title", "final")
	require.Greater(t, second, first)
	for _, version := range []uint64{first, second} {
		require.WithinDuration(t, time.Now(), hybridclock.Stamp(version).Time(), time.Hour)
	}
	n, err := s.SnapshotAt(first)
	require.NoError(t, err)
	e, err := n.Get("title")
	require.NoError(t, err)
	require.Equal(t, "draft", e.Value)
	n.Close()
	require.NoError(t, clock.Close())
}
