package generationclock

import (
	"errors"
	"fmt"
)

var (
	// ErrNotAllowed is returned by the steps of a core for a step that cannot be
	// taken in its present state. Nothing has changed then.
	ErrNotAllowed = errors.New("generation clock: step not allowed in this state")

	// ErrStale means that a number is smaller than one that is known here. The
	// error is a *StaleError, which says which.
	ErrStale = errors.New("generation clock: stale number")

	// ErrNotElected means that a candidate did not get enough votes.
	ErrNotElected = errors.New("generation clock: not elected")

	// ErrNotLeader means that a node does not lead, or leads no more. A write or
	// an order of its that got this error may have been taken or not.
	ErrNotLeader = errors.New("generation clock: not the leader")

	// ErrNoAnswer means that a write or an order may have been taken or not.
	ErrNoAnswer = errors.New("generation clock: no answer")

	// ErrMessage means that bytes are not a message of this package, or that a
	// message is not for this holder.
	ErrMessage = errors.New("generation clock: not a message")

	// ErrName means that a holder has no name, or one that it must not have.
	ErrName = errors.New("generation clock: not a name")

	// ErrValue means that a value is longer than MaxValue or is not UTF-8.
	ErrValue = errors.New("generation clock: not a value")

	// ErrRecord means that a holder's log has something that no holder wrote.
	ErrRecord = errors.New("generation clock: not a record of a holder's log")

	// ErrOption means that an option makes no sense.
	ErrOption = errors.New("generation clock: impossible option")

	// ErrEnd means that there is no greater number than MaxGen.
	ErrEnd = errors.New("generation clock: the numbers have come to their end")

	// ErrStopped means that a holder was closed, or that its disk has failed. What
	// it was doing may be durable or not; only the next start can tell.
	ErrStopped = errors.New("generation clock: stopped")
)

// StaleError says which number has replaced a stale one. It matches ErrStale.
type StaleError struct {
	Number  uint64 // the stale one
	Current uint64 // the greater one that is known
}

// Error implements error.
func (e *StaleError) Error() string {
	return fmt.Sprintf("%v: %d, and %d is known", ErrStale, e.Number, e.Current)
}

// Is makes a StaleError match ErrStale.
func (e *StaleError) Is(target error) bool { return target == ErrStale }
