package lamportclock_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/impl/lamportclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// A recorder can stamp its steps with it.
var _ trace.Clock = new(lamportclock.Clock)

// TestNoStampIsGivenTwice, whatever goroutines have seen.
func TestNoStampIsGivenTwice(t *testing.T) {
	var clock lamportclock.Clock
	const goroutines, each = 8, 1000
	given := make([][]uint64, goroutines)
	var wg sync.WaitGroup
	for g := range given {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(g)))
			var seen uint64
			for range each {
				seen = clock.Tick(seen + random.Uint64N(2)*3)
				given[g] = append(given[g], seen)
			}
		})
	}
	wg.Wait()
	for _, list := range given {
		require.True(t, slices.IsSorted(list), "those of each goroutine grow")
	}
	all := slices.Concat(given...)
	slices.Sort(all)
	require.Equal(t, goroutines*each, len(slices.Compact(all)))
	require.Equal(t, all[len(all)-1], clock.Now())
}

// event is one step of a process, and what may have led to it: how many steps of
// each process it knows of, itself included.
type event struct {
	process int
	stamp   uint64
	knows   []int
}

func (e event) led(to event) bool {
	return e.knows[e.process] <= to.knows[e.process] && !slices.Equal(e.knows, to.knows)
}

// TestStampsAgreeWithWhatLedToWhat holds the clocks of processes that send
// messages at random against vectors of counters, which know exactly what led to
// what. The stamps never say otherwise. They say more: of two steps that have
// nothing to do with each other one may be smaller, and two may be equal.
func TestStampsAgreeWithWhatLedToWhat(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 3))
		clocks := make([]lamportclock.Clock, 3)
		knows := [][]int{{0, 0, 0}, {0, 0, 0}, {0, 0, 0}}
		var events []event
		for range 60 {
			p := random.IntN(3)
			var seen uint64
			if len(events) > 0 && random.IntN(2) == 0 {
				m := events[random.IntN(len(events))] // any message, however late
				seen = m.stamp
				for i := range knows[p] {
					knows[p][i] = max(knows[p][i], m.knows[i])
				}
			}
			knows[p][p]++
			events = append(events, event{p, clocks[p].Tick(seen), slices.Clone(knows[p])})
		}
		unrelated, equal := 0, 0
		for _, a := range events {
			for _, b := range events {
				switch {
				case a.led(b):
					require.Less(t, a.stamp, b.stamp, "seed %d: %v led to %v", seed, a, b)
				case !b.led(a) && a.stamp < b.stamp:
					unrelated++
				case !b.led(a) && a.process < b.process && a.stamp == b.stamp:
					equal++
				}
			}
		}
		require.NotZero(t, unrelated, "seed %d", seed)
		require.NotZero(t, equal, "seed %d", seed)
	}
}

// TestClockAtItsEnd: it panics, and does not begin anew.
func TestClockAtItsEnd(t *testing.T) {
	var clock lamportclock.Clock
	require.Panics(t, func() { clock.Tick(math.MaxUint64) })
	require.Zero(t, clock.Now(), "nothing has happened")
	require.Equal(t, uint64(math.MaxUint64), clock.Tick(math.MaxUint64-1))
	require.Panics(t, func() { clock.Tick(0) })
}

// TestCompare orders versions by stamp, and equal stamps by the servers' names.
func TestCompare(t *testing.T) {
	v := func(stamp uint64, node string) lamportclock.Version {
		return lamportclock.Version{Stamp: stamp, Node: node, Value: "x"}
	}
	order := []lamportclock.Version{{}, v(1, "a"), v(1, "b"), v(2, "a"), v(10, "a")}
	for i, a := range order {
		for j, b := range order {
			require.Equal(t, i > j, lamportclock.IsNewer(a, b), "%v, %v", a, b)
			require.Equal(t, i == j, a.Compare(b) == 0)
		}
	}
}
