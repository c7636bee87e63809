package clocktest

import "math/rand/v2"

// Bounded is a clock that knows its bound. Not for use by several goroutines.
type Bounded struct {
	truth  func() uint64
	random *rand.Rand
	width  uint64
	excess int64
}

// NewBounded returns a clock that reads intervals of this width. The true time is within them;
// where, changes from reading to reading, as the seed says. A clock with an excess breaks its
// promise: what it reads is ahead by so much, or behind if that is negative.
func NewBounded(seed int64, width uint64, excess int64, truth func() uint64) *Bounded {
	return &Bounded{truth: truth, random: rand.New(rand.NewPCG(uint64(seed), width)), width: width, excess: excess}
}

// Read returns the ends of the interval. None is before 0.
func (b *Bounded) Read() (earliest, latest uint64) {
	now := uint64(max(0, int64(b.truth())+b.excess))
	earliest = now - min(now, b.random.Uint64N(b.width+1))
	return earliest, earliest + b.width
}
