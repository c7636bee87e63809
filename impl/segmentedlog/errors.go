package segmentedlog

import (
	"errors"
	"fmt"

	wal "github.com/lockstep-tla/lockstep/impl/writeaheadlog"
)

var (
	// ErrPoisoned means that a write, a flush or a change of the folder has failed.
	// The log accepts and acknowledges nothing any more. Close it and open it again.
	ErrPoisoned = wal.ErrPoisoned

	// ErrDamaged means that something is missing or cannot be read that had been
	// flushed. The error is a *MissingError or a *writeaheadlog.DamageError.
	ErrDamaged = wal.ErrDamaged

	// ErrTooLarge means that an entry is longer than Options.MaxEntry.
	ErrTooLarge = wal.ErrTooLarge

	// ErrName means that a file in the folder has the suffix of a segment and no
	// such name, or one that contradicts another's.
	ErrName = errors.New("segmented log: not the name of a segment")

	// ErrDropped means that an entry was removed by DropBefore.
	ErrDropped = errors.New("segmented log: entry was dropped")

	// ErrTruncated means that an entry was truncated before it was acknowledged.
	ErrTruncated = errors.New("segmented log: entry was truncated")

	// ErrAcknowledged means that an entry cannot be truncated.
	ErrAcknowledged = errors.New("segmented log: entry is acknowledged")

	// ErrClosed means that the log was used after Close.
	ErrClosed = errors.New("segmented log: closed")

	// ErrNotAllowed is returned by the steps of a Core for a step that cannot be
	// taken in its present state. Nothing has changed then.
	ErrNotAllowed = errors.New("segmented log: step not allowed in this state")
)

// MissingError says which segment is missing between others. It matches ErrDamaged.
type MissingError struct {
	Dir    string
	Number uint64
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("segmented log: in %s segment %d is missing", e.Dir, e.Number)
}

// Is makes a MissingError match ErrDamaged.
func (e *MissingError) Is(target error) bool { return target == ErrDamaged }
