// Package store keeps results in files, each under the key of all that it
// depends on: where an input has changed, the key is another one, and there is
// no result under it. So nothing in a store is ever out of date, and any of it
// may be removed at any time.
//
// Several processes and goroutines may use one folder at once. An entry appears
// under its name when it is complete; one that is damaged counts as missing.
package store

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Limits say what Put leaves in the folder. The entries that were not used for
// longest go first.
type Limits struct {
	Age     time.Duration // since the last use
	Entries int
	Bytes   int64 // on the disk
}

// usual are the limits of a store that Open returns. An entry takes some
// kilobytes; a check of one pattern makes about fifty.
var usual = Limits{Age: 30 * 24 * time.Hour, Entries: 20_000, Bytes: 1 << 30}

// Store is a folder with results. The zero value and nil keep nothing. It is
// safe for concurrent use.
type Store struct {
	dir    string
	limits Limits
	fresh  *sync.Map // if not nil: the keys of what this Store was given, all that it finds
}

// Open returns the store in a folder, which the first Put makes.
func Open(dir string) *Store { return &Store{dir: dir, limits: usual} }

// Default returns the user's store: the folder lockstep/results in
// $XDG_CACHE_HOME, or where the system has its caches. LOCKSTEP_STORE=off
// switches it off: then, and where there is no cache folder, it is nil.
func Default() *Store {
	if os.Getenv("LOCKSTEP_STORE") == "off" {
		return nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return nil
	}
	return Open(filepath.Join(dir, "lockstep", "results"))
}

// Fresh returns the same folder for a caller that wants everything done anew: of
// what is there it finds only what it has put there itself.
func (s *Store) Fresh() *Store {
	if s == nil {
		return nil
	}
	return &Store{dir: s.dir, limits: s.limits, fresh: &sync.Map{}}
}

// An entry begins with this line and the SHA-256 of its key and of what follows.
const magic = "lockstep result 1\n"

// touchAfter is how old the time of the last use may become before Get writes
// it again, so that a Get is seldom a write.
const touchAfter = time.Hour

// Get returns what was kept under a key; nothing is under "".
func (s *Store) Get(key string) ([]byte, bool) {
	if s == nil || s.dir == "" || key == "" {
		return nil, false
	}
	if s.fresh != nil {
		if _, own := s.fresh.Load(key); !own {
			return nil, false
		}
	}
	path := s.path(key)
	entry, err := os.ReadFile(path)
	if err != nil {
		return nil, false
	}
	data, err := open(key, entry)
	if err != nil {
		return nil, false
	}
	if about, err := os.Stat(path); err == nil && time.Since(about.ModTime()) > touchAfter {
		now := time.Now()
		_ = os.Chtimes(path, now, now) // a folder that cannot be written still answers
	}
	return data, true
}

// Put keeps data under a key, in the place of what was there. An error is no
// reason to fail for a caller that can do without the store.
func (s *Store) Put(key string, data []byte) error {
	if s == nil || s.dir == "" {
		return nil
	}
	path := s.path(key)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("the store of results: %w", err)
	}
	entry, err := seal(key, data)
	if err != nil {
		return fmt.Errorf("the store of results: %w", err)
	}
	if err := write(path, entry); err != nil {
		return fmt.Errorf("the store of results: %w", err)
	}
	if s.fresh != nil {
		s.fresh.Store(key, true)
	}
	return s.trimNowAndThen()
}

func (s *Store) path(key string) string {
	return filepath.Join(s.dir, key[:2], key)
}

// seal makes the entry of some data.
func seal(key string, data []byte) ([]byte, error) {
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(data); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(append([]byte(key), packed.Bytes()...))
	return bytes.Join([][]byte{[]byte(magic), sum[:], packed.Bytes()}, nil), nil
}

var errDamaged = errors.New("a damaged entry")

// open returns the data of an entry.
func open(key string, entry []byte) ([]byte, error) {
	rest, ok := bytes.CutPrefix(entry, []byte(magic))
	if !ok || len(rest) < sha256.Size {
		return nil, errDamaged
	}
	packed := rest[sha256.Size:]
	if sum := sha256.Sum256(append([]byte(key), packed...)); !bytes.Equal(sum[:], rest[:sha256.Size]) {
		return nil, errDamaged
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// draft begins the names of files that are being written.
const draft = "draft-"

// write makes a file that is complete or not there.
func write(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), draft)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
