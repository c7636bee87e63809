package disk

import (
	"errors"
	"os"
	"syscall"
)

// syncData uses fdatasync, which leaves out only what reading the data back
// does not need, such as the time of the last change; a changed length is
// written. An interrupted call is made again: it has not failed, it has not
// happened.
func syncData(f *os.File) error {
	return control(f, "fdatasync", func(fd int) error { return syscall.Fdatasync(fd) })
}

// syncDir uses fsync: a directory has no contents apart from its metadata.
func syncDir(d *os.File) error { return d.Sync() }

// preallocate reserves the space between have and size. A filesystem that
// cannot do that gets a longer file with a hole in it instead, which reads the
// same.
func preallocate(f *os.File, have, size int64) error {
	err := control(f, "fallocate", func(fd int) error {
		return syscall.Fallocate(fd, 0, have, size-have)
	})
	if errors.Is(err, syscall.EOPNOTSUPP) || errors.Is(err, syscall.ENOSYS) {
		return f.Truncate(size)
	}
	return err
}

// control calls do with the file's descriptor, which stays open meanwhile,
// until a signal no longer interrupts it.
func control(f *os.File, call string, do func(fd int) error) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return &os.PathError{Op: call, Path: f.Name(), Err: err}
	}
	var result error
	if conn.Control(func(fd uintptr) {
		for {
			if result = do(int(fd)); !errors.Is(result, syscall.EINTR) {
				return
			}
		}
	}) != nil {
		result = os.ErrClosed // the only reason not to make the call
	}
	if result != nil {
		return &os.PathError{Op: call, Path: f.Name(), Err: result}
	}
	return nil
}
