// Package disk is the little of a filesystem that a log needs, and OS, which is
// the real one. The package disktest has a disk in memory that can lose, tear
// and damage what was written to it.
//
// The interfaces promise what a careful program may rely on, and no more:
//
//   - What was written is durable once Sync of the file has returned nil.
//     Until then a crash may keep all of it, none of it, or any part.
//   - That a file exists, or no longer does, or has another name, is durable
//     once SyncDir of its directory has returned nil. Syncing the file alone
//     does not promise that the file will be found again.
//   - When Sync or SyncDir fails, the fate of what it should have made
//     durable is open for good: a later success says nothing about it.
package disk

import (
	"io"
	"syscall"
)

var (
	// ErrNoSpace means that the disk is full. What fitted has been written,
	// and the number of bytes returned with it says how much that was. The
	// real disk's errors match it too.
	ErrNoSpace error = syscall.ENOSPC

	// ErrIO is the device's failure to read, write or sync. The real disk's
	// errors match it too.
	ErrIO error = syscall.EIO
)

// FS is a filesystem. Its methods may be called from any goroutine. Errors
// match fs.ErrNotExist, fs.ErrExist and the sentinels of this package.
type FS interface {
	// MkdirAll makes dir and the parents that it lacks. Each directory made
	// is an entry in its parent, and as durable as SyncDir has made that.
	MkdirAll(dir string) error
	// Create makes an empty file. It fails with fs.ErrExist if there is
	// something of that name already.
	Create(name string) (File, error)
	// Open opens a file that exists, for reading and writing.
	Open(name string) (File, error)
	// Rename gives a file another name, in place of the file that had it.
	Rename(from, to string) error
	// Remove takes a file's name away. Handles to it go on working.
	Remove(name string) error
	// List returns the names in dir, in ascending order.
	List(dir string) ([]string, error)
	// SyncDir makes the names in dir durable, though not what the files hold.
	SyncDir(dir string) error
}

// File is an open file. Its methods may be called from any goroutine; after
// Close they fail with fs.ErrClosed.
type File interface {
	// ReadAt reads as io.ReaderAt says. It sees what was written, whether
	// that is durable or not.
	io.ReaderAt
	// WriteAt writes as io.WriterAt says. A gap between the file's end and
	// the offset is filled with zeros. With an error, some first part of the
	// bytes may have been written.
	io.WriterAt
	// Size returns the file's length in bytes.
	Size() (int64, error)
	// Truncate sets the file's length; what it gains is zeros.
	Truncate(size int64) error
	// Preallocate makes the file at least size bytes long and reserves the
	// space where the filesystem can; what it gains is zeros. Writes and
	// syncs inside a length that is durable need not change it, which makes
	// them faster.
	Preallocate(size int64) error
	// Sync makes what the file holds durable, and its length. It promises
	// nothing about times, permissions or the file's name.
	Sync() error
	// Close closes the file. It syncs nothing.
	Close() error
}
