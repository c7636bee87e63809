package writeaheadlog

import (
	"errors"
	"fmt"
)

var (
	// ErrPoisoned means that a write or a flush has failed. It is unknown which
	// of the unflushed entries are on the disk, and another try would not
	// tell: the kernel may have dropped the data and report success for the
	// next flush. The log accepts and acknowledges nothing any more. Close it
	// and open it again, which reads what is on the disk. An entry whose
	// Append returned this error may or may not be there.
	ErrPoisoned = errors.New("write-ahead log: poisoned by a failed write or flush")

	// ErrDamaged means that a record which had been flushed cannot be read. No
	// crash does that, so the log does not repair it by forgetting. The error
	// is a *DamageError, which says where.
	ErrDamaged = errors.New("write-ahead log: damaged")

	// ErrNotALog means that the file is something else, or of another version.
	ErrNotALog = errors.New("write-ahead log: not a log file of this version")

	// ErrTooLarge means that an entry is longer than Options.MaxEntry.
	ErrTooLarge = errors.New("write-ahead log: entry too large")

	// ErrApplied means that an entry cannot be truncated, because it has been
	// applied already.
	ErrApplied = errors.New("write-ahead log: entry is applied")

	// ErrTruncated means that an entry was truncated before it was applied.
	ErrTruncated = errors.New("write-ahead log: entry was truncated")

	// ErrClosed means that the log was used after Close.
	ErrClosed = errors.New("write-ahead log: closed")

	// ErrNotAllowed is returned by the steps of a Core for a step that cannot
	// be taken in its present state. Nothing has changed then.
	ErrNotAllowed = errors.New("write-ahead log: step not allowed in this state")

	// ErrNotABatch means that a log holds entries that are not a Map's.
	ErrNotABatch = errors.New("write-ahead log: entry is not a batch of a map")
)

// DamageError says where a log is damaged. It matches ErrDamaged.
type DamageError struct {
	Path   string
	Index  uint64 // of the first entry that cannot be read
	Offset int64  // where its record begins in the file
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("write-ahead log: %s is damaged at entry %d, offset %d: it had been flushed, and cannot be read", e.Path, e.Index, e.Offset)
}

// Is makes a DamageError match ErrDamaged.
func (e *DamageError) Is(target error) bool { return target == ErrDamaged }
