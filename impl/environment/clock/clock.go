// Package clock is what a node reads the time from. The package clocktest has
// clocks for tests, which run fast, jump and stand still.
//
// A machine has two clocks. The monotonic one only ever goes forward, and says
// nothing but how long ago something was. The wall clock says what time it is,
// and is set by people and by daemons, forward and back.
package clock

import "time"

// Clock is what one node can read. Its methods may be called from any
// goroutine.
type Clock interface {
	// Monotonic is the time since some fixed moment. It never goes back and
	// cannot be set.
	Monotonic() time.Duration
	// Wall is the time of day, which may jump.
	Wall() time.Time
}

// System returns the clocks of this machine. Monotonic counts from the call.
// In a bubble of testing/synctest they are those of the bubble.
func System() Clock { return system{time.Now()} }

type system struct{ start time.Time }

func (s system) Monotonic() time.Duration { return time.Since(s.start) }
func (s system) Wall() time.Time          { return time.Now() }
