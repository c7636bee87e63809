package disktest

import (
	"sync/atomic"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
)

// Kind is what an operation does.
type Kind string

// The operations that change or sync something.
const (
	MkdirAll    Kind = "mkdirall"
	Create      Kind = "create"
	Rename      Kind = "rename"
	Remove      Kind = "remove"
	SyncDir     Kind = "syncdir"
	Write       Kind = "write"
	Truncate    Kind = "truncate"
	Preallocate Kind = "preallocate"
	Sync        Kind = "sync"
)

// Op is an operation on its way to a disk.
type Op struct {
	Kind   Kind
	Name   string    // of the file or directory; of a Rename, the old one
	File   disk.File // below the failpoint; nil unless it is an operation on a file
	Data   []byte    // of a Write
	Offset int64     // of a Write; the new size of a Truncate or Preallocate
}

// Failpoint is what happens beside the operations of a disk: a failure, a pause,
// the end of the process. The functions are called by the goroutine that calls the
// disk. Either may be nil.
type Failpoint struct {
	// Before is called before an operation. An error is returned in the place of
	// the operation, which does not happen. A write may be torn by writing a part
	// of Data to File.
	Before func(Op) error
	// After is called behind an operation that has succeeded. The program is told
	// the error, if it returns one, though the operation has happened.
	After func(Op) error
}

// AtOperation calls do at one of the operations that are no Write and no Preallocate: the
// nth of them, counted from 0, before it or when it has succeeded; and at each behind it.
func AtOperation(n int, before bool, do func()) Failpoint {
	var counted atomic.Int64
	count := func(op Op) error {
		if op.Kind == Write || op.Kind == Preallocate {
			return nil
		}
		if counted.Add(1) > int64(n) {
			do()
		}
		return nil
	}
	if before {
		return Failpoint{Before: count}
	}
	return Failpoint{After: count}
}

// Intercept returns the filesystem with a failpoint in front of it.
func Intercept(fs disk.FS, p Failpoint) disk.FS { return intercepted{fs, p} }

func (p Failpoint) run(op Op, do func() error) error {
	if p.Before != nil {
		if err := p.Before(op); err != nil {
			return err
		}
	}
	if err := do(); err != nil || p.After == nil {
		return err
	}
	return p.After(op)
}

type intercepted struct {
	disk.FS
	point Failpoint
}

func (d intercepted) MkdirAll(dir string) error {
	return d.point.run(Op{Kind: MkdirAll, Name: dir}, func() error { return d.FS.MkdirAll(dir) })
}

func (d intercepted) Create(name string) (f disk.File, err error) {
	err = d.point.run(Op{Kind: Create, Name: name}, func() error {
		f, err = d.FS.Create(name)
		return err
	})
	return d.file(name, f, err)
}

func (d intercepted) Open(name string) (disk.File, error) {
	f, err := d.FS.Open(name)
	return d.file(name, f, err)
}

func (d intercepted) file(name string, f disk.File, err error) (disk.File, error) {
	if err != nil {
		return nil, err
	}
	return &interceptedFile{f, name, d.point}, nil
}

func (d intercepted) Rename(from, to string) error {
	return d.point.run(Op{Kind: Rename, Name: from}, func() error { return d.FS.Rename(from, to) })
}

func (d intercepted) Remove(name string) error {
	return d.point.run(Op{Kind: Remove, Name: name}, func() error { return d.FS.Remove(name) })
}

func (d intercepted) SyncDir(dir string) error {
	return d.point.run(Op{Kind: SyncDir, Name: dir}, func() error { return d.FS.SyncDir(dir) })
}

type interceptedFile struct {
	disk.File
	name  string
	point Failpoint
}

func (f *interceptedFile) WriteAt(p []byte, at int64) (n int, err error) {
	err = f.point.run(Op{Kind: Write, Name: f.name, File: f.File, Data: p, Offset: at}, func() error {
		n, err = f.File.WriteAt(p, at)
		return err
	})
	return n, err
}

func (f *interceptedFile) Truncate(size int64) error {
	return f.point.run(Op{Kind: Truncate, Name: f.name, File: f.File, Offset: size}, func() error { return f.File.Truncate(size) })
}

func (f *interceptedFile) Preallocate(size int64) error {
	return f.point.run(Op{Kind: Preallocate, Name: f.name, File: f.File, Offset: size}, func() error { return f.File.Preallocate(size) })
}

func (f *interceptedFile) Sync() error {
	return f.point.run(Op{Kind: Sync, Name: f.name, File: f.File}, f.File.Sync)
}
