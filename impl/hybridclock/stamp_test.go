package hybridclock_test

import (
	"cmp"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	hc "github.com/lockstep-tla/lockstep/impl/hybridclock"
	"github.com/lockstep-tla/lockstep/impl/lamportclock"
)

// TestOrderOfStampsIsThatOfTheirParts: first the milliseconds, then the counter.
func TestOrderOfStampsIsThatOfTheirParts(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	part := func(limit uint64) uint64 { return min(rng.Uint64N(3), limit) + rng.Uint64N(2)*(limit-2) }
	for range 2000 {
		w, v, c, d := part(hc.MaxWall-2), part(hc.MaxWall-2), part(hc.MaxCounter-2), part(hc.MaxCounter-2)
		a, b := hc.Pack(w, c), hc.Pack(v, d)
		require.Equal(t, [2]uint64{w, c}, [2]uint64{a.Wall(), a.Counter()})
		require.Equal(t, cmp.Or(cmp.Compare(w, v), cmp.Compare(c, d)), cmp.Compare(a, b), "%d %d, %d %d", w, c, v, d)
	}
}

// TestNextStampIsThatOfALamportClock, and a full counter carries into the milliseconds.
func TestNextStampIsThatOfALamportClock(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	for range 1000 {
		own, heard := rng.Uint64()>>1, rng.Uint64()>>1
		next := hc.NextStamp(hc.Stamp(own), hc.Stamp(heard))
		require.EqualValues(t, lamportclock.NextStamp(own, heard), next)
		require.Greater(t, next, hc.Stamp(max(own, heard)))
	}
	require.Equal(t, hc.Pack(8, 0), hc.NextStamp(hc.Pack(7, hc.MaxCounter), hc.Pack(7, 3)))
}

// TestStampIsATime of the same millisecond.
func TestStampIsATime(t *testing.T) {
	at := time.Date(2026, 11, 29, 12, 0, 0, 7e6, time.UTC)
	s := hc.Pack(uint64(at.UnixMilli()), 3)
	require.Equal(t, at, s.Time())
	require.Equal(t, "2026-11-29T12:00:00.007Z+3", s.String())
	require.Equal(t, 10889, hc.Pack(hc.MaxWall, hc.MaxCounter).Time().Year())
}
