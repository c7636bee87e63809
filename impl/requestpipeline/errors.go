package requestpipeline

import "errors"

var (
	// ErrNotAllowed is returned by the steps of a Core or ServerCore for a step that cannot
	// be taken in its present state. Nothing has changed then.
	ErrNotAllowed = errors.New("request pipeline: step not allowed in this state")

	// ErrOption means that an option makes no sense.
	ErrOption = errors.New("request pipeline: impossible option")

	// ErrClosed means that the client has closed. It stands beside ErrUnknown or ErrNotSent.
	ErrClosed = errors.New("request pipeline: closed")

	// ErrUnknown means that the request was sent, and that the caller does not learn whether
	// the server has processed it, or will.
	ErrUnknown = errors.New("request pipeline: outcome unknown")

	// ErrNotSent means that the request was not sent, and will not be.
	ErrNotSent = errors.New("request pipeline: not sent")

	// ErrTooLong means that the request has more than MaxBody bytes. It was not sent.
	ErrTooLong = errors.New("request pipeline: request too long")

	// ErrProtocol means that the other end does not keep to the protocol: a frame that is
	// none, or an answer that is not the next one. The connection ends.
	ErrProtocol = errors.New("request pipeline: protocol error")

	// ErrRefused means that the server takes no such request: it comes from an earlier
	// process or connection, or leaves one out. The connection ends.
	ErrRefused = errors.New("request pipeline: request refused")
)
