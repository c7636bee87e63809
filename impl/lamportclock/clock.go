package lamportclock

import (
	"math"
	"sync/atomic"
)

// Clock is a Lamport clock: a number that grows with each step of its owner,
// and beyond every stamp that the owner has seen. The zero Clock has not ticked
// yet and is ready for use, by any number of goroutines at once.
//
// It is also a trace.Clock, with which a recorder stamps the steps of one
// process among several.
type Clock struct{ time atomic.Uint64 }

// Tick moves the clock beyond its own time and beyond the one that was seen, in
// one move, and returns where it is then. No two calls return the same. Seen is 0
// for a caller that has seen no stamp. A clock that cannot go on panics: at a tick a
// nanosecond that takes five centuries, so some stamp was not one.
func (c *Clock) Tick(seen uint64) uint64 {
	for {
		own := c.time.Load()
		if max(own, seen) == math.MaxUint64 {
			panic("lamportclock: the clock has come to its end")
		}
		if next := NextStamp(own, seen); c.time.CompareAndSwap(own, next) {
			return next
		}
	}
}

// Now returns the clock's time, which is the greatest stamp that it has given
// out, or 0.
func (c *Clock) Now() uint64 { return c.time.Load() }

// NextStamp is the time of a step, on a clock that stands at own and has seen a
// stamp: later than both.
func NextStamp(own, seen uint64) uint64 { return max(own, seen) + 1 }
