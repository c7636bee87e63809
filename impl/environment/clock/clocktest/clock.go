// Package clocktest is clocks for tests and simulations, which run fast or slow,
// jump and stand still when they are told to.
package clocktest

import (
	"fmt"
	"sync"
	"time"
)

// Epoch is what the wall clock of a Clock reads at true time 0.
var Epoch = time.Unix(0, 0).UTC()

// Clock is the clocks of one node in a simulation, or in a test. They follow a
// true time, which they get from elsewhere, as well as they are told to. The
// methods may be called from any goroutine.
type Clock struct {
	mu      sync.Mutex
	truth   func() time.Duration
	rate    int64         // how many millionths of a second it gains in a second
	from    time.Duration // true time when the rate was last changed, and
	reading time.Duration // what the monotonic clock read then
	stopped bool
	since   time.Duration // the true time of Stop
	wall    time.Duration // what the wall clock is ahead of the true time, beside the drift
}

// New returns clocks that are right. The true time is what truth returns,
// such as the Now of a simulation; it must not go back.
func New(truth func() time.Duration) *Clock {
	now := truth()
	return &Clock{truth: truth, from: now, reading: now}
}

// Monotonic implements clock.Clock. As long as nothing happens to the clock it is the
// true time.
func (f *Clock) Monotonic() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now()
}

// Wall implements clock.Clock. As long as nothing happens to the clock it is Epoch
// and the true time.
func (f *Clock) Wall() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return Epoch.Add(f.now() + f.wall)
}

// Drift makes both clocks run fast from now on, by this number of millionths, or
// slow if it is negative. Crystals are off by some tens.
func (f *Clock) Drift(millionths int) {
	if millionths <= -1e6 {
		panic(fmt.Sprintf("clocktest: a drift of %d millionths runs backwards", millionths))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.settle()
	f.rate = int64(millionths)
}

// Set sets the wall clock, so that it is off from the monotonic one by so much,
// as a step of NTP does. A negative one sets it back.
func (f *Clock) Set(offset time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wall = offset
}

// Stop makes both clocks stand still, as those of a virtual machine do that is
// suspended.
func (f *Clock) Stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.stopped {
		f.settle()
		f.stopped, f.since = true, f.truth()
	}
}

// Continue lets the clocks go on. The monotonic clock leaves out the time since
// Stop. The wall clock jumps forward by that time, as if it had been set.
func (f *Clock) Continue() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stopped {
		f.wall += f.truth() - f.since
		f.settle()
		f.stopped = false
	}
}

// settle makes now the moment from which the clock is reckoned.
func (f *Clock) settle() {
	now := f.truth()
	f.reading = f.now()
	f.from = now
}

func (f *Clock) now() time.Duration {
	if f.stopped {
		return f.reading
	}
	passed := f.truth() - f.from
	// In two parts, because a year in nanoseconds times a million is too much.
	gained := int64(passed)/1e6*f.rate + int64(passed)%1e6*f.rate/1e6
	return f.reading + passed + time.Duration(gained)
}
