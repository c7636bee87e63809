package twophasecommit

import "errors"

var (
	// ErrAborted means that the transaction was not carried out, and never
	// will be. It can be tried again as another one.
	ErrAborted = errors.New("two-phase commit: transaction aborted")

	// ErrUnknown means that the client has asked to commit and does not know
	// what came of it. Only the coordinator can tell; rolling back is no way
	// to find out.
	ErrUnknown = errors.New("two-phase commit: outcome unknown")

	// ErrUnreachable means that no address is known for a node that is needed.
	// Nothing was sent.
	ErrUnreachable = errors.New("two-phase commit: node not known")

	// ErrNotAllowed is returned by the steps of a core for a step that cannot
	// be taken in its present state. Nothing has changed then.
	ErrNotAllowed = errors.New("two-phase commit: step not allowed in this state")

	// ErrMessage means that a message cannot be read, or says what it must not.
	ErrMessage = errors.New("two-phase commit: bad message")

	// ErrRecord means that a log holds what no node of this kind has written.
	ErrRecord = errors.New("two-phase commit: bad record in the log")

	// ErrOptions means that a node cannot be made with these options.
	ErrOptions = errors.New("two-phase commit: bad options")

	// ErrClosed means that a client or a node was used after its Close.
	ErrClosed = errors.New("two-phase commit: closed")
)
