package versionedvalue

import "errors"

var (
	// ErrNotAllowed is returned by the steps of a core for a step that cannot be
	// taken in its present state. Nothing has changed then.
	ErrNotAllowed = errors.New("versioned value: step not allowed in this state")

	// ErrCompacted means that a version is older than the compacted one.
	ErrCompacted = errors.New("versioned value: the version is compacted")

	// ErrFuture means that a version is not visible yet: it would not read the same
	// later. Store.Wait waits for it.
	ErrFuture = errors.New("versioned value: the version is not visible yet")

	// ErrAbsent means that a key has no value at the snapshot's version.
	ErrAbsent = errors.New("versioned value: no value")

	// ErrConflict means that a conditional write was not made: the key has another
	// version than the expected one, or another write of it is open.
	ErrConflict = errors.New("versioned value: the key has another version")

	// ErrNotVisible means that a write has taken place, and that its writer did not
	// wait until it is visible.
	ErrNotVisible = errors.New("versioned value: installed, and not visible yet")

	// ErrEnded means that a Write was committed or abandoned before.
	ErrEnded = errors.New("versioned value: the write has ended")

	// ErrClosed means that a Snapshot was closed.
	ErrClosed = errors.New("versioned value: the snapshot is closed")

	// ErrVersion means that the source of versions has returned one that is not
	// newer than all before it.
	ErrVersion = errors.New("versioned value: the source's version is not newer")

	// ErrKey means that a key is empty, or is not UTF-8.
	ErrKey = errors.New("versioned value: not a key")

	// ErrImage means that an image is not one that a store has made.
	ErrImage = errors.New("versioned value: not an image of a store")
)
