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

// Lives remembers how many lives a node has had, across its crashes.
type Lives interface {
	// Count returns how many there were; none is no error.
	Count() (uint64, error)
	// Begin notes that the life of this number begins. When it returns, no
	// crash can take that back.
	Begin(life uint64) error
}

// LivesFile keeps the number of lives in the file of that name. A node has a
// file of its own.
func LivesFile(path string) Lives { return livesFile(path) }

type livesFile string

func (f livesFile) Count() (uint64, error) {
	content, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrLives, err)
	}
	line, whole := strings.CutSuffix(string(content), "\n")
	n, err := strconv.ParseUint(line, 10, 64)
	if err != nil || !whole {
		return 0, fmt.Errorf("%w: %s holds %.40q, which is no number in a line", ErrLives, string(f), content)
	}
	return n, nil
}

// Begin writes a new file and puts it in the place of the old one, so that a
// crash leaves the one or the other.
func (f livesFile) Begin(life uint64) error {
	dir := filepath.Dir(string(f))
	next := string(f) + ".next"
	file, err := os.Create(next)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrLives, err)
	}
	_, err = fmt.Fprintln(file, life)
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(next, string(f))
	}
	if err == nil {
		err = syncFolder(dir)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrLives, err)
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

// LivesInMemory keeps the number for as long as the program runs: for tests,
// and for nodes that never start again under the same name.
func LivesInMemory() Lives { return new(livesInMemory) }

type livesInMemory struct {
	mu    sync.Mutex
	count uint64
}

func (m *livesInMemory) Count() (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.count, nil
}

func (m *livesInMemory) Begin(life uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.count = life
	return nil
}
