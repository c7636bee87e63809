package majorityquorum

import "errors"

var (
	// ErrNotAllowed is returned by the steps of a Core for a step that cannot be taken in
	// its present state. Nothing has changed then.
	ErrNotAllowed = errors.New("majority quorum: step not allowed in this state")

	// ErrOption means that an option makes no sense: a quorum of more than the voters, a
	// name twice, no Send.
	ErrOption = errors.New("majority quorum: impossible option")

	// ErrMessage means that a message is not one of this package, or for another node.
	ErrMessage = errors.New("majority quorum: bad message")

	// ErrFile means that a replica's file does not hold what a replica has written.
	ErrFile = errors.New("majority quorum: bad file")

	// ErrFailed means that an operation has failed, because too many voters have refused
	// or the time was over. A write has written nothing, and never will.
	ErrFailed = errors.New("majority quorum: failed")

	// ErrUnknown means that a write has failed or expired while it was being put. It may
	// have reached a replica: later reads may return its value, or may not.
	ErrUnknown = errors.New("majority quorum: outcome unknown")

	// ErrStopped means that a replica was closed, or that its disk has failed.
	ErrStopped = errors.New("majority quorum: the replica has stopped")
)
