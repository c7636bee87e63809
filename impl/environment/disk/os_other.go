//go:build !linux

package disk

import (
	"os"
	"runtime"
)

// syncData leaves the choice of the call to package os, which on Darwin asks
// for F_FULLFSYNC: fsync alone does not reach the platter there.
func syncData(f *os.File) error { return f.Sync() }

// syncDir does nothing on Windows, where a directory cannot be flushed and
// NTFS keeps its changes in a journal of its own.
func syncDir(d *os.File) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	return d.Sync()
}

// preallocate makes the file longer and leaves the reserving to the
// filesystem.
func preallocate(f *os.File, _, size int64) error { return f.Truncate(size) }
