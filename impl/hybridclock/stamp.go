package hybridclock

import (
	"fmt"
	"time"
)

// Stamp says when an event happened: the milliseconds since 1970 in the upper 48 bits,
// and a counter in the lower 16. The order of stamps is that of the numbers. If an event
// may have led to another one, its stamp is smaller; the other way round nothing follows.
// 0 is no stamp.
type Stamp uint64

const (
	counterBits = 16

	// MaxCounter is the greatest counter in one millisecond.
	MaxCounter = 1<<counterBits - 1

	// MaxWall is the last millisecond that a stamp can hold, in the year 10889.
	MaxWall = 1<<(64-counterBits) - 1
)

// Pack puts milliseconds and a counter into one number, whose order is theirs: first
// the milliseconds, then the counter.
func Pack(wall, counter uint64) Stamp { return Stamp(wall<<counterBits | counter) }

// Wall returns the milliseconds since 1970.
func (s Stamp) Wall() uint64 { return uint64(s) >> counterBits }

// Counter returns how many stamps of this millisecond are smaller.
func (s Stamp) Counter() uint64 { return uint64(s) & MaxCounter }

// Time returns the stamp's milliseconds as a time, in UTC.
func (s Stamp) Time() time.Time { return time.UnixMilli(int64(s.Wall())).UTC() }

// String returns the time and the counter, as in 2026-11-29T12:00:00.007Z+3.
func (s Stamp) String() string {
	return fmt.Sprintf("%s+%d", s.Time().Format("2006-01-02T15:04:05.000Z07:00"), s.Counter())
}
