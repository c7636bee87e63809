package heartbeat

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// Incarnations remembers how many incarnations a node has had, across its crashes.
type Incarnations interface {
	// Count returns how many there were; none is no error.
	Count() (uint64, error)
	// Begin notes that the incarnation of this number begins. When it returns,
	// no crash can take that back.
	Begin(incarnation uint64) error
}

// IncarnationsFile keeps the number of incarnations in the file of that name. A node
// has a file of its own.
func IncarnationsFile(path string) Incarnations { return incarnationsFile(path) }

type incarnationsFile string

func (f incarnationsFile) Count() (uint64, error) {
	content, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrIncarnations, err)
	}
	line, whole := strings.CutSuffix(string(content), "\n")
	n, err := strconv.ParseUint(line, 10, 64)
	if err != nil || !whole {
		return 0, fmt.Errorf("%w: %s holds %.40q, which is no number in a line", ErrIncarnations, string(f), content)
	}
	return n, nil
}

// Begin writes a new file and puts it in the place of the old one, so that a
// crash leaves the one or the other.
func (f incarnationsFile) Begin(incarnation uint64) error {
	dir := filepath.Dir(string(f))
	next := string(f) + ".next"
	file, err := os.Create(next)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrIncarnations, err)
	}
	_, err = fmt.Fprintln(file, incarnation)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(next, string(f))
	}
	if err == nil {
		err = syncFolder(dir)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrIncarnations, err)
	}
	return nil
}

// syncFolder makes the names in a folder durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// IncarnationsInMemory keeps the number for as long as the program runs: for tests,
// and for nodes that never start again under the same name.
func IncarnationsInMemory() Incarnations { return new(incarnationsInMemory) }

type incarnationsInMemory struct {
	mu    sync.Mutex
	count uint64
}

func (m *incarnationsInMemory) Count() (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.count, nil
}

func (m *incarnationsInMemory) Begin(incarnation uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.count = incarnation
	return nil
}
