package hybridclock

import "github.com/lockstep-tla/lockstep/impl/lamportclock"

// The rules that need nothing but numbers, beside Pack. The others are methods of Core.

// NextStamp is the stamp of an event on a clock that stands at own and has received a
// stamp: a Lamport clock's. One more than the greatest counter is the next millisecond.
func NextStamp(own, heard Stamp) Stamp {
	return Stamp(lamportclock.NextStamp(uint64(own), uint64(heard)))
}

// WithPhysical takes the physical time over where it is ahead of a stamp, and nowhere
// else: it may have jumped back.
func WithPhysical(s Stamp, reading uint64) Stamp { return max(s, Pack(reading, 0)) }

// IsNear says whether a millisecond is at most offset ahead of a reading of the
// physical clock. A node follows no stamp that is not near, and reserves nothing that
// is not.
func IsNear(wall, reading, offset uint64) bool { return wall <= reading+offset }

// StartsAt is where a process begins that finds a reservation: behind all that an
// earlier process may have given out.
func StartsAt(kept uint64) Stamp { return Pack(kept, MaxCounter) }
