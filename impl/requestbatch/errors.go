package requestbatch

import "errors"

var (
	// ErrNotAllowed is returned by the steps of a core for a step that cannot be taken in
	// its present state. Nothing has changed then.
	ErrNotAllowed = errors.New("request batch: step not allowed in this state")

	// ErrOption means that an option is missing or makes no sense.
	ErrOption = errors.New("request batch: impossible option")

	// ErrTooLong means that a request is longer than Options.MaxRequest. It was not sent.
	ErrTooLong = errors.New("request batch: request too long")

	// ErrFull means that the queue has no room. The request was not sent.
	ErrFull = errors.New("request batch: queue is full")

	// ErrClosed means that the client was closed before. The request was not sent.
	ErrClosed = errors.New("request batch: closed")

	// ErrUnknown means that there will be no answer. The request may have been executed, or
	// may be yet.
	ErrUnknown = errors.New("request batch: outcome of the request unknown")

	// ErrFailed means that the handler has returned an error, whose text follows.
	ErrFailed = errors.New("request batch: request failed")

	// ErrProtocol means that a message is none that the other end sends.
	ErrProtocol = errors.New("request batch: protocol violated")

	// ErrOld is what the server answers to a batch that is older than one it has taken.
	ErrOld = errors.New("request batch: batch given up before")

	// ErrStop is wrapped by a handler's error if the request was not executed and the server
	// is to stop there. The batch goes on with that request when it comes again.
	ErrStop = errors.New("request batch: server stops")
)
