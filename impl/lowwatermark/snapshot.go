package lowwatermark

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
)

const (
	suffix    = ".snap" // of a snapshot's file; other files are left alone
	temporary = ".tmp"  // of one that is being written

	magic  = "lowwmrk1" // begins a file; the checksum follows, and the state. Another version needs another suffix
	header = len(magic) + 4
)

// snapshot is a state with the index of the last entry in it.
type snapshot struct {
	index uint64
	state []byte
	sum   uint32 // as the file has it
}

// checksum is that of the file's kind, the index and the state.
func (s *snapshot) checksum() uint32 {
	b := binary.LittleEndian.AppendUint64([]byte(magic), s.index)
	table := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Checksum(b, table), table, s.state)
}

// fileName returns the name of a snapshot's file, with the 20 digits that any index fits
// in.
func fileName(index uint64, suffix string) string { return fmt.Sprintf("%020d%s", index, suffix) }

// write makes a file with the snapshot, in place of one that a crash has left, and
// flushes it.
func (s *snapshot) write(on disk.FS, path string) error {
	if err := on.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := on.Create(path)
	if err != nil {
		return err
	}
	_, err = file.WriteAt(binary.LittleEndian.AppendUint32([]byte(magic), s.checksum()), 0)
	if err == nil {
		_, err = file.WriteAt(s.state, int64(header))
	}
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// readSnapshot reads the file of a snapshot with that index. IsValid says whether it is
// whole; an error means that it could not be read.
func readSnapshot(on disk.FS, path string, index uint64) (*snapshot, error) {
	file, err := on.Open(path)
	if err != nil {
		return nil, err
	}
	size, err := file.Size()
	b := make([]byte, max(size, int64(header))) // zeros are no checksum
	if _, failed := file.ReadAt(b[:size], 0); !errors.Is(failed, io.EOF) {
		err = errors.Join(err, failed)
	}
	return &snapshot{index: index, state: b[header:], sum: binary.LittleEndian.Uint32(b[len(magic):])}, errors.Join(err, file.Close())
}

// files are the snapshots in a folder: those that are whole, oldest first, and the names
// of all others.
type files struct {
	indexes []uint64
	best    snapshot // the newest that is whole, or an empty one
	waste   []string
}

// find reads all snapshots.
func (c *Core) find() (all files, err error) {
	names, err := c.config.FS.List(c.config.Dir)
	if err != nil {
		return all, err
	}
	for _, name := range names {
		text, isSnapshot := strings.CutSuffix(name, suffix)
		switch {
		case isSnapshot:
		case strings.HasSuffix(name, temporary):
			all.waste = append(all.waste, name)
			continue
		default:
			continue
		}
		index, err := strconv.ParseUint(text, 10, 64)
		if err != nil || index == 0 || fileName(index, suffix) != name {
			return all, fmt.Errorf("%w: %q", ErrName, name)
		}
		s, err := readSnapshot(c.config.FS, c.path(index, suffix), index)
		if err != nil {
			return all, err
		}
		if !IsValid(s) {
			all.waste = append(all.waste, name)
			continue
		}
		all.indexes = append(all.indexes, index)
		all.best = *s
	}
	return all, nil
}

// path is where a snapshot's file is.
func (c *Core) path(index uint64, suffix string) string {
	return filepath.Join(c.config.Dir, fileName(index, suffix))
}
