package singlesocketchannel

import "errors"

var (
	// ErrTooLong means that a request is longer than Options.MaxMessage. It was
	// not sent.
	ErrTooLong = errors.New("single-socket channel: message too long")

	// ErrNotSent means that a request was given up before its first byte had
	// left. The other end has not seen it and never will.
	ErrNotSent = errors.New("single-socket channel: request not sent")

	// ErrUnknown means that a request was sent, and that there will be no
	// answer: the caller did not wait any longer, or another process has taken the
	// place of the one that it was sent to. It may have been handled, or not.
	ErrUnknown = errors.New("single-socket channel: outcome of the request unknown")

	// ErrClosed means that this end was closed. The error of a request that was
	// pending then wraps ErrNotSent or ErrUnknown too.
	ErrClosed = errors.New("single-socket channel: closed")

	// ErrRemote means that the other end's handler has returned an error. The
	// error is a *RemoteError, which has its text.
	ErrRemote = errors.New("single-socket channel: the other end failed")

	// ErrProtocol means that a connection has carried bytes that no channel sends.
	ErrProtocol = errors.New("single-socket channel: protocol violated")

	// ErrBadOption means that a node or a channel cannot be made as it was
	// asked for.
	ErrBadOption = errors.New("single-socket channel: bad option")

	// ErrNotAllowed is returned by the steps of a Core for a step that cannot
	// be taken in its present state. Nothing has changed then.
	ErrNotAllowed = errors.New("single-socket channel: step not allowed in this state")
)

// RemoteError is the error that the handler at the other end has returned. It matches
// ErrRemote.
type RemoteError struct{ Text string }

func (e *RemoteError) Error() string { return "single-socket channel: the other end: " + e.Text }

// Is makes a RemoteError match ErrRemote.
func (e *RemoteError) Is(target error) bool { return target == ErrRemote }
