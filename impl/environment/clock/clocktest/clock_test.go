package clocktest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fake returns clocks whose true time the test moves.
func fake(t *testing.T) (f *Clock, pass func(time.Duration)) {
	var now time.Duration
	return New(func() time.Duration { return now }), func(d time.Duration) { now += d }
}

func TestARightClockReadsTheTrueTime(t *testing.T) {
	f, pass := fake(t)
	pass(90 * time.Minute)
	require.Equal(t, 90*time.Minute, f.Monotonic())
	require.Equal(t, Epoch.Add(90*time.Minute), f.Wall())
}

func TestSettingTheWallClockLeavesTheMonotonicOne(t *testing.T) {
	f, pass := fake(t)
	pass(time.Second)
	f.Set(-time.Hour)
	pass(time.Second)
	require.Equal(t, 2*time.Second, f.Monotonic())
	require.Equal(t, Epoch.Add(2*time.Second-time.Hour), f.Wall())
	f.Set(0)
	require.Equal(t, Epoch.Add(2*time.Second), f.Wall(), "the offset is from the true time, not from the last one")
}

func TestDriftCountsFromWhenItBegan(t *testing.T) {
	f, pass := fake(t)
	pass(time.Hour)
	f.Drift(200)
	pass(1000 * time.Second)
	require.Equal(t, time.Hour+1000*time.Second+200*time.Millisecond, f.Monotonic())
	f.Drift(-100)
	pass(1000 * time.Second)
	require.Equal(t, time.Hour+2000*time.Second+100*time.Millisecond, f.Monotonic(), "what was gained is not lost at once")
	pass(100 * 365 * 24 * time.Hour)
	slow := time.Duration(100*365*24*3600) * 100 * time.Microsecond
	require.Equal(t, time.Hour+2000*time.Second+100*time.Millisecond+100*365*24*time.Hour-slow, f.Monotonic(), "a hundred years")
	require.Panics(t, func() { f.Drift(-1e6) })
}

func TestAClockThatStoodStillKnowsNothingOfIt(t *testing.T) {
	f, pass := fake(t)
	pass(time.Second)
	f.Stop()
	pass(time.Minute)
	require.Equal(t, time.Second, f.Monotonic())
	require.Equal(t, Epoch.Add(time.Second), f.Wall())
	f.Stop()
	f.Continue()
	f.Continue()
	pass(time.Second)
	require.Equal(t, 2*time.Second, f.Monotonic())
	require.Equal(t, Epoch.Add(time.Minute+2*time.Second), f.Wall(), "the clock was set")
}

func TestTheMonotonicClockNeverGoesBack(t *testing.T) {
	f, pass := fake(t)
	last := f.Monotonic()
	for i, change := range []func(){
		func() { f.Drift(-500_000) }, f.Stop, func() { f.Set(-time.Hour) }, f.Continue, func() { f.Drift(0) },
		func() { f.Drift(999) }, func() { f.Drift(-999) }, f.Stop, f.Continue,
	} {
		change()
		pass(time.Duration(i) * 777 * time.Microsecond)
		require.GreaterOrEqual(t, f.Monotonic(), last)
		last = f.Monotonic()
	}
}
