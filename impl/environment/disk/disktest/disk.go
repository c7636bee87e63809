// Package disktest is a disk in memory for tests: deterministic, and able to
// lose, tear and damage what was written to it; and failpoints for any disk.
//
// Disk holds a program to exactly the promises of package disk. It does nothing
// wrong of its own accord. Each fault is asked for: exactly, so that an explorer
// can walk through all outcomes, or by a seed, so that a random run can be
// repeated.
package disktest

import (
	"errors"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
)

// Disk is a disk in memory, with a volatile cache in front of what is durable,
// for each file and for each directory. Without faults it behaves as OS does.
// The program under test uses the methods of FS; the other methods are for its
// tests. All may be called from any goroutine.
//
// Names are slash-separated; "." and "/" are the root, which always exists.
type Disk struct {
	mu        sync.Mutex
	root      *node
	life      int // how many crashes there were; handles of an earlier life are dead
	ops       int
	halted    bool
	haltAfter int // operations until the disk halts; negative means never
	limited   bool
	free      int64 // bytes left, if limited
	faults    faults
}

// ErrCrashed is returned for everything that was open when the disk crashed, and
// for every call while it is halted.
var ErrCrashed = errors.New("disktest: crashed")

var _ disk.FS = (*Disk)(nil)

// New returns an empty disk without faults.
func New() *Disk {
	return &Disk{root: newDir(), haltAfter: -1, faults: newFaults()}
}

// clean returns the one spelling of name under which faults are kept.
func clean(name string) string {
	name = path.Clean("/" + filepath.ToSlash(name))
	if name == "/" {
		return "."
	}
	return name[1:]
}

// alive fails when the disk is halted. The caller holds mu.
func (f *Disk) alive() error {
	if f.halted {
		return ErrCrashed
	}
	return nil
}

// operate counts an operation that changes or syncs something, and halts the
// disk in its place when its time has come. The caller holds mu.
func (f *Disk) operate() error {
	if f.haltAfter == 0 {
		f.halted = true
	}
	if err := f.alive(); err != nil {
		return err
	}
	if f.haltAfter > 0 {
		f.haltAfter--
	}
	f.ops++
	return nil
}

// find returns the node of that name. The caller holds mu.
func (f *Disk) find(name string) (*node, error) {
	n := f.root
	if name == "." {
		return n, nil
	}
	for part := range strings.SplitSeq(name, "/") {
		if n.dir == nil {
			return nil, syscall.ENOTDIR
		}
		if n = n.dir.cached[part]; n == nil {
			return nil, fs.ErrNotExist
		}
	}
	return n, nil
}

// parent returns the directory that holds name, and name's last part. The
// caller holds mu.
func (f *Disk) parent(name string) (*directory, string, error) {
	n, err := f.find(clean(path.Dir(name)))
	if err != nil {
		return nil, "", err
	}
	if n.dir == nil {
		return nil, "", syscall.ENOTDIR
	}
	return n.dir, path.Base(name), nil
}

func pathError(op, name string, err error) error {
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// MkdirAll implements FS.
func (f *Disk) MkdirAll(dir string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.operate(); err != nil {
		return pathError("mkdir", dir, err)
	}
	n := f.root
	if clean(dir) == "." {
		return nil
	}
	for part := range strings.SplitSeq(clean(dir), "/") {
		next := n.dir.cached[part]
		if next == nil {
			next = newDir()
			n.dir.do(map[string]*node{part: next})
		}
		if next.dir == nil {
			return pathError("mkdir", dir, syscall.ENOTDIR)
		}
		n = next
	}
	return nil
}

// Create implements FS.
func (f *Disk) Create(name string) (disk.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.operate(); err != nil {
		return nil, pathError("create", name, err)
	}
	name = clean(name)
	dir, base, err := f.parent(name)
	if err != nil {
		return nil, pathError("create", name, err)
	}
	if dir.cached[base] != nil || name == "." {
		return nil, pathError("create", name, fs.ErrExist)
	}
	n := newFile()
	dir.do(map[string]*node{base: n})
	return &fakeFile{disk: f, name: name, content: n.file, life: f.life}, nil
}

// Open implements FS.
func (f *Disk) Open(name string) (disk.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.alive(); err != nil {
		return nil, pathError("open", name, err)
	}
	name = clean(name)
	n, err := f.find(name)
	if err == nil && n.file == nil {
		err = syscall.EISDIR
	}
	if err != nil {
		return nil, pathError("open", name, err)
	}
	return &fakeFile{disk: f, name: name, content: n.file, life: f.life}, nil
}

// Rename implements FS. It takes files only. Between two directories it is two
// changes, of which a crash may keep either.
func (f *Disk) Rename(from, to string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.operate(); err != nil {
		return pathError("rename", from, err)
	}
	from, to = clean(from), clean(to)
	n, err := f.find(from)
	if err == nil && n.file == nil {
		err = syscall.EISDIR
	}
	if err != nil {
		return pathError("rename", from, err)
	}
	toDir, toBase, err := f.parent(to)
	if err != nil {
		return pathError("rename", to, err)
	}
	old := toDir.cached[toBase]
	if old == n {
		return nil
	}
	if to == "." || old != nil && old.file == nil {
		return pathError("rename", to, fs.ErrExist)
	}
	fromDir, fromBase, err := f.parent(from)
	if err != nil {
		return pathError("rename", from, err)
	}
	f.release(old)
	if fromDir == toDir {
		toDir.do(map[string]*node{fromBase: nil, toBase: n})
		return nil
	}
	toDir.do(map[string]*node{toBase: n})
	fromDir.do(map[string]*node{fromBase: nil})
	return nil
}

// Remove implements FS. It takes empty directories too.
func (f *Disk) Remove(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.operate(); err != nil {
		return pathError("remove", name, err)
	}
	name = clean(name)
	n, err := f.find(name)
	if err != nil {
		return pathError("remove", name, err)
	}
	if n == f.root || n.dir != nil && len(n.dir.cached) > 0 {
		return pathError("remove", name, syscall.ENOTEMPTY)
	}
	dir, base, err := f.parent(name)
	if err != nil {
		return pathError("remove", name, err)
	}
	f.release(n)
	dir.do(map[string]*node{base: nil})
	return nil
}

// List implements FS.
func (f *Disk) List(dir string) ([]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.alive(); err != nil {
		return nil, pathError("list", dir, err)
	}
	n, err := f.find(clean(dir))
	if err == nil && n.dir == nil {
		err = syscall.ENOTDIR
	}
	if err != nil {
		return nil, pathError("list", dir, err)
	}
	return slices.Sorted(maps.Keys(n.dir.cached)), nil
}

// SyncDir implements FS.
func (f *Disk) SyncDir(dir string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.operate(); err != nil {
		return pathError("sync", dir, err)
	}
	name := clean(dir)
	n, err := f.find(name)
	if err == nil && n.dir == nil {
		err = syscall.ENOTDIR
	}
	if err != nil {
		return pathError("sync", dir, err)
	}
	if take(f.faults.sync, name) {
		n.dir.failSync()
		return pathError("sync", dir, disk.ErrIO)
	}
	n.dir.sync()
	return nil
}

// release gives back the space of a file that loses its name. The caller holds
// mu.
func (f *Disk) release(n *node) {
	if n != nil && n.file != nil {
		f.use(-int64(len(n.file.cached)))
	}
}

// use takes the space that a file grows by, or gives back what it shrinks by.
// The caller holds mu.
func (f *Disk) use(bytes int64) {
	if f.limited {
		f.free -= bytes
	}
}
