package lowwatermark

import (
	"errors"

	"github.com/lockstep-tla/lockstep/impl/segmentedlog"
)

var (
	// ErrPoisoned means that a write or a flush of the log, or a change of a folder, has
	// failed. The store takes no updates any more. Close it and open it again.
	ErrPoisoned = segmentedlog.ErrPoisoned

	// ErrDamaged means that the state cannot be rebuilt: the log is damaged or ends before
	// a snapshot, or all snapshots are damaged.
	ErrDamaged = segmentedlog.ErrDamaged

	// ErrTooLarge means that an update is longer than Options.MaxEntry.
	ErrTooLarge = segmentedlog.ErrTooLarge

	// ErrOptions means that the options of a store are invalid.
	ErrOptions = errors.New("low-water mark: invalid options")

	// ErrDropped means that the log does not have an entry any more. A snapshot has it:
	// see Store.Transfer.
	ErrDropped = segmentedlog.ErrDropped

	// ErrNoEntry means that an index is beyond the next entry.
	ErrNoEntry = errors.New("low-water mark: there is no such entry yet")

	// ErrNoSnapshot means that no snapshot was taken yet.
	ErrNoSnapshot = errors.New("low-water mark: there is no snapshot yet")

	// ErrName means that a file in the folder has the suffix of a snapshot and no such
	// name.
	ErrName = errors.New("low-water mark: not the name of a snapshot")

	// ErrClosed means that the store was used after Close.
	ErrClosed = errors.New("low-water mark: closed")

	// ErrNotAllowed is returned by the steps of a Core for a step that cannot be taken in
	// its present state. Nothing has changed then.
	ErrNotAllowed = errors.New("low-water mark: step not allowed in this state")
)
