// Package folder changes folders so that no crash can undo it: each change of a name is
// followed by a flush of the folder that has the name.
package folder

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
)

// Make makes a folder, if there is none; its parent must be there. It flushes the parent
// each time: a crash may have come between the two.
func Make(on disk.FS, dir string) error {
	if err := on.MkdirAll(dir); err != nil {
		return err
	}
	return on.SyncDir(filepath.Dir(dir))
}

// Remove removes a file.
func Remove(on disk.FS, path string) error {
	if err := on.Remove(path); err != nil {
		return err
	}
	return on.SyncDir(filepath.Dir(path))
}

// Rename gives a file another name in the same folder, in place of the file that had it.
func Rename(on disk.FS, from, to string) error {
	if err := on.Rename(from, to); err != nil {
		return err
	}
	return on.SyncDir(filepath.Dir(to))
}

// Write makes a file with these bytes, one part behind the other, in place of one that a
// crash has left, and flushes it. Its name is as durable as a later change of the folder
// makes it: Rename, as a rule.
func Write(on disk.FS, path string, parts ...[]byte) error {
	if err := on.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := on.Create(path)
	if err != nil {
		return err
	}
	at := int64(0)
	for _, b := range parts {
		if err == nil {
			_, err = file.WriteAt(b, at)
		}
		at += int64(len(b))
	}
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}
