package lamportclock

import "errors"

var (
	// ErrNotAllowed is returned by the steps of a Core for a step that cannot
	// be taken in its present state. Nothing has changed then.
	ErrNotAllowed = errors.New("lamport clock: step not allowed in this state")

	// ErrMessage means that bytes are not a message of this package, or that a
	// message says what it cannot say.
	ErrMessage = errors.New("lamport clock: not a message")

	// ErrTooLarge means that a key or a value is longer than MaxKey or MaxValue.
	ErrTooLarge = errors.New("lamport clock: key or value too large")

	// ErrEntry means that a server's log holds something that no server wrote.
	ErrEntry = errors.New("lamport clock: not an entry of a server's log")

	// ErrName means that a node has no name, or one that is too long.
	ErrName = errors.New("lamport clock: not a name")

	// ErrOption means that an option makes no sense.
	ErrOption = errors.New("lamport clock: impossible option")

	// ErrNoServer means that a client does not know a server of that name.
	ErrNoServer = errors.New("lamport clock: no such server")

	// ErrEnd means that a server can give no greater stamp. A clock that ticked
	// once a nanosecond would take more than a century to come there.
	ErrEnd = errors.New("lamport clock: the clock has come to its end")

	// ErrRepeated means that a read came again while it was being answered:
	// another caller that brought it has the answer.
	ErrRepeated = errors.New("lamport clock: answered already")

	// ErrStopped means that a server or a client was closed, or that the disk
	// has failed. A write that got it may be there later, or not.
	ErrStopped = errors.New("lamport clock: stopped")
)
