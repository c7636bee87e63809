package singularupdatequeue

import (
	"errors"
	"fmt"
)

var (
	// ErrFull means that the queue was full and the request was turned away.
	// It has had no effect.
	ErrFull = errors.New("singular update queue: full")

	// ErrDropped means that the request had to make room for a newer one before
	// it had begun. It has had no effect.
	ErrDropped = errors.New("singular update queue: dropped for a newer request")

	// ErrGaveUp means that a submitter that waited for a place did not want to
	// wait any longer. The error of its context is beside it. The request has
	// had no effect.
	ErrGaveUp = errors.New("singular update queue: gave up waiting for a place")

	// ErrStopped means that the queue has been told to stop before the request
	// had begun. It has had no effect.
	ErrStopped = errors.New("singular update queue: stopped")

	// ErrPanicked means that the handler has panicked, or left by
	// runtime.Goexit. The state is as it was before. The error is a
	// *PanicError, which says more.
	ErrPanicked = errors.New("singular update queue: handler panicked")

	// ErrOwnQueue means that a handler wanted to wait for the queue that it
	// works for. It would wait for itself.
	ErrOwnQueue = errors.New("singular update queue: a handler cannot wait for its own queue")

	// ErrNotAllowed is returned by the steps of a Core for a step that cannot
	// be taken in its present state. Nothing has changed then.
	ErrNotAllowed = errors.New("singular update queue: step not allowed in this state")
)

// PanicError is what a handler, or a call that it has made, panicked with. It
// matches ErrPanicked.
type PanicError struct {
	Value any    // what was passed to panic; nil after runtime.Goexit
	Stack []byte // of the goroutine that panicked
}

func (e *PanicError) Error() string {
	if e.Value == nil {
		return "singular update queue: handler left by runtime.Goexit"
	}
	return fmt.Sprintf("singular update queue: handler panicked: %v", e.Value)
}

// Is makes a PanicError match ErrPanicked.
func (e *PanicError) Is(target error) bool { return target == ErrPanicked }

// Unwrap returns the error that was passed to panic, if it was one.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
