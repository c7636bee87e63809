package clockboundwait

import "errors"

var (
	// ErrNotAllowed is returned by the steps of a core for a step that cannot be taken in
	// its present state. Nothing has changed then.
	ErrNotAllowed = errors.New("clock-bound wait: step not allowed in this state")

	// ErrAbandoned means that the context of a Put ended during its commit wait, or the
	// node was closed. The write has not taken place, and never will.
	ErrAbandoned = errors.New("clock-bound wait: the write was abandoned")

	// ErrClosed means that the node is closed.
	ErrClosed = errors.New("clock-bound wait: the node is closed")

	// ErrOtherNode means that a request was brought to a node that has not its key.
	ErrOtherNode = errors.New("clock-bound wait: the request is for another node")

	// ErrInterval means that the clock has returned an interval that ends before it begins, or
	// behind MaxTime.
	ErrInterval = errors.New("clock-bound wait: impossible interval")

	// ErrOptions means that a node cannot be opened, or a clock not be made, with these
	// options.
	ErrOptions = errors.New("clock-bound wait: bad options")

	// ErrKey means that a key is empty.
	ErrKey = errors.New("clock-bound wait: a key is empty")
)
