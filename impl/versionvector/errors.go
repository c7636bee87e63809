package versionvector

import "errors"

var (
	// ErrNotAllowed is returned by the steps of a core for a step that cannot be taken in
	// its present state. Nothing has changed then.
	ErrNotAllowed = errors.New("version vector: step not allowed in this state")

	// ErrStopped means that a store was closed, or that its disk has failed. A write that
	// got this error may be durable or not, and other replicas may have it.
	ErrStopped = errors.New("version vector: stopped")

	// ErrMessage means that bytes are not a message of this package, or that a message is
	// not for this store.
	ErrMessage = errors.New("version vector: not a message")

	// ErrRecord means that a store's log has something that no store wrote.
	ErrRecord = errors.New("version vector: not a record of a store's log")

	// ErrKey means that a key is empty, too long or not UTF-8.
	ErrKey = errors.New("version vector: not a key")

	// ErrValue means that a value is too long or not UTF-8.
	ErrValue = errors.New("version vector: not a value")

	// ErrContext means that what a client says it has read is nothing that it was given.
	ErrContext = errors.New("version vector: not a context")

	// ErrStale means that what a client has read was written before a replica crashed, and
	// may be lost. The client has to read again.
	ErrStale = errors.New("version vector: read before the crash of a replica")

	// ErrEnd means that there is no greater count than MaxCount. A client that invents
	// contexts can bring it about.
	ErrEnd = errors.New("version vector: the counts have come to their end")

	// ErrOption means that an option makes no sense.
	ErrOption = errors.New("version vector: impossible option")
)
