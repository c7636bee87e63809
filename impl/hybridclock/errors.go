package hybridclock

import (
	"errors"
	"fmt"
)

var (
	// ErrNotAllowed is returned by the steps of a Core for a step that cannot be taken
	// in its present state. Nothing has changed then.
	ErrNotAllowed = errors.New("hybrid clock: step not allowed in this state")

	// ErrAhead means that a stamp is too far ahead of the physical clock. The error is
	// an *AheadError, which has both. The clock has not changed.
	ErrAhead = errors.New("hybrid clock: too far ahead of the physical clock")

	// ErrTime means that the physical clock reads a time that a stamp cannot hold.
	ErrTime = errors.New("hybrid clock: impossible physical time")

	// ErrReservation means that a file is not the reservation of a clock.
	ErrReservation = errors.New("hybrid clock: not a reservation")

	// ErrOption means that an option makes no sense.
	ErrOption = errors.New("hybrid clock: impossible option")

	// ErrStopped means that a clock was closed, or that its disk has failed. The next
	// one begins behind all its stamps.
	ErrStopped = errors.New("hybrid clock: stopped")
)

// AheadError says what is too far ahead, in milliseconds since 1970. It matches ErrAhead.
type AheadError struct {
	Wall      uint64 // of the stamp that was received, or would come next
	Physical  uint64 // the reading of the node's physical clock
	MaxOffset uint64 // how far ahead a stamp may be, in milliseconds
}

// Error implements error.
func (e *AheadError) Error() string {
	return fmt.Sprintf("%v: %d ms, where %d ms is the time and %d ms the maximum offset", ErrAhead, e.Wall, e.Physical, e.MaxOffset)
}

// Is makes an AheadError match ErrAhead.
func (e *AheadError) Is(target error) bool { return target == ErrAhead }
