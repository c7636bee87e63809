package trace

import (
	"errors"
	"fmt"
)

// What can go wrong, for errors.Is. The message of an error that wraps one of
// these says where.
var (
	// ErrInvalid is wrapped by a recorder's error when the program recorded
	// something that a trace cannot hold or that TLC would misread.
	ErrInvalid = errors.New("not a value of a trace")
	// ErrClosed is a recorder's error when it was used after Close.
	ErrClosed = errors.New("trace: recorder used after Close")
	// ErrTooLong is wrapped by a recorder's error if its file has come to its limit; see
	// LimitFiles.
	ErrTooLong = errors.New("the file would be longer")
	// ErrUnfinished is wrapped by a reader's error for a trace that ends
	// before its trailer: the process was killed, or the file was cut.
	ErrUnfinished = errors.New("trace is not finished")
	// ErrFinished is wrapped by the error of Resume and of ReadUnfinished for
	// a trace that has its trailer.
	ErrFinished = errors.New("trace is finished")
	// ErrNoHeader is wrapped by the error of Resume and of ReadUnfinished for
	// a file that ends before its header does: nothing was recorded yet, and
	// Create may be used instead.
	ErrNoHeader = errors.New("trace has no header yet")
	// ErrMissing is wrapped by the error of Merge if a process has no trace.
	ErrMissing = errors.New("trace of a process is missing")
	// ErrNotOneRun is wrapped by the error of Merge for traces that do not
	// belong together, or of which two are of one process.
	ErrNotOneRun = errors.New("traces are not those of one run")
	// ErrCausality is wrapped by the error of Merge, and by a reader's, if a
	// message was received that was not sent before, or if stamps do not grow.
	ErrCausality = errors.New("received before it was sent")
)

// SyntaxError says where a file departs from the format of a trace.
type SyntaxError struct {
	File   string // the name given to the reader
	Line   int    // counted from 1
	Column int    // in bytes, counted from 1; 0 if the line as a whole is meant
	Msg    string // what was expected and what was found

	err error // the sentinel that it wraps, or nil
}

func (e *SyntaxError) Error() string {
	if e.Column == 0 {
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Msg)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Msg)
}

// Unwrap returns the sentinel for the kind of error, or nil.
func (e *SyntaxError) Unwrap() error { return e.err }
