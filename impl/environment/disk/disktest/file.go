package disktest

import (
	"io"
	"io/fs"
	"syscall"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
)

// fakeFile is a handle; two handles of one file share its content.
type fakeFile struct {
	disk    *Disk
	name    string // as it was opened; faults go by this name
	content *content
	life    int
	closed  bool
}

var _ disk.File = (*fakeFile)(nil)

// usable fails when the handle is closed or of an earlier life. The caller
// holds the disk's mu.
func (h *fakeFile) usable() error {
	switch {
	case h.life != h.disk.life:
		return ErrCrashed
	case h.closed:
		return fs.ErrClosed
	}
	return h.disk.alive()
}

// operate is usable for an operation that changes or syncs the file. The
// caller holds the disk's mu.
func (h *fakeFile) operate() error {
	if err := h.usable(); err != nil {
		return err
	}
	return h.disk.operate()
}

// ReadAt implements io.ReaderAt.
func (h *fakeFile) ReadAt(p []byte, off int64) (int, error) {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if off < 0 {
		return 0, pathError("read", h.name, syscall.EINVAL)
	}
	if err := h.usable(); err != nil {
		return 0, pathError("read", h.name, err)
	}
	if len(p) == 0 {
		return 0, nil
	}
	b := h.content.cached
	if off >= int64(len(b)) {
		return 0, io.EOF
	}
	b = b[off:min(int64(len(b)), off+int64(len(p)))]
	for _, bad := range h.content.bad {
		if off <= bad && bad < off+int64(len(b)) {
			return copy(p, b[:bad-off]), pathError("read", h.name, disk.ErrIO)
		}
	}
	n := copy(p, b)
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt implements io.WriterAt.
func (h *fakeFile) WriteAt(p []byte, off int64) (int, error) {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if off < 0 {
		return 0, pathError("write", h.name, syscall.EINVAL)
	}
	if err := h.operate(); err != nil {
		return 0, pathError("write", h.name, err)
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, failure := len(p), error(nil)
	if limit, ok := h.disk.faults.short[h.name]; ok {
		delete(h.disk.faults.short, h.name)
		if limit < n {
			n, failure = limit, io.ErrShortWrite
		}
	}
	have := int64(len(h.content.cached))
	if end := have + max(0, h.disk.free); h.disk.limited && off+int64(n) > max(have, end) {
		n, failure = int(max(0, end-off)), disk.ErrNoSpace
	}
	h.content.write(off, p[:n])
	h.disk.use(int64(len(h.content.cached)) - have)
	if failure != nil {
		return n, pathError("write", h.name, failure)
	}
	return n, nil
}

// Size implements File.
func (h *fakeFile) Size() (int64, error) {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if err := h.usable(); err != nil {
		return 0, pathError("stat", h.name, err)
	}
	return int64(len(h.content.cached)), nil
}

// Truncate implements File. Unlike most real disks it takes room for a hole.
func (h *fakeFile) Truncate(size int64) error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if err := h.operate(); err != nil {
		return pathError("truncate", h.name, err)
	}
	if size < 0 {
		return pathError("truncate", h.name, syscall.EINVAL)
	}
	return h.resize("truncate", size)
}

// Preallocate implements File.
func (h *fakeFile) Preallocate(size int64) error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if err := h.operate(); err != nil {
		return pathError("preallocate", h.name, err)
	}
	if size <= int64(len(h.content.cached)) {
		return nil
	}
	return h.resize("preallocate", size)
}

// resize changes the length wholly or not at all. The caller holds the disk's
// mu.
func (h *fakeFile) resize(op string, size int64) error {
	grow := size - int64(len(h.content.cached))
	if h.disk.limited && grow > max(0, h.disk.free) {
		return pathError(op, h.name, disk.ErrNoSpace)
	}
	h.disk.use(grow)
	h.content.truncate(size)
	return nil
}

// Sync implements File.
func (h *fakeFile) Sync() error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if err := h.operate(); err != nil {
		return pathError("sync", h.name, err)
	}
	if take(h.disk.faults.sync, h.name) {
		h.content.failSync()
		return pathError("sync", h.name, disk.ErrIO)
	}
	h.content.sync()
	return nil
}

// Close implements File.
func (h *fakeFile) Close() error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if err := h.usable(); err != nil {
		return pathError("close", h.name, err)
	}
	h.closed = true
	return nil
}
