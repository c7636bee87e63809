// Package waltest has a disk on which to test what stands on a write-ahead log:
// it is in memory and loses, tears and damages what a real one may.
package waltest

import "github.com/lockstep-tla/lockstep/impl/internal/disk"

// Disk is the disk. It is the FS of a log's Options; its other methods are for
// the test.
type Disk = disk.Fake

// File is an open file, on this disk or the real one.
type File = disk.File

// Survival says what of the unsynced changes a crash keeps.
type Survival = disk.Survival

// The ways in which a crash goes, for Disk.CrashRandomly.
const (
	Nothing      = disk.Nothing
	Everything   = disk.Everything
	Prefix       = disk.Prefix
	SectorPrefix = disk.SectorPrefix
	AnySectors   = disk.AnySectors
)

// ErrCrashed is what everything returns that was open when the disk crashed.
var ErrCrashed = disk.ErrCrashed

// NewDisk returns an empty disk.
func NewDisk() *Disk { return disk.NewFake() }
