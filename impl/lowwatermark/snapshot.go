package lowwatermark

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
)

const (
	suffix    = ".snap" // of a snapshot's file, behind 20 digits
	temporary = ".tmp"  // of one that is being written; other files are left alone

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

// indexIn returns the index in a file's name, or 0 if fileName makes no such name.
func indexIn(name, suffix string) uint64 {
	index, err := strconv.ParseUint(strings.TrimSuffix(name, suffix), 10, 64)
	if err != nil || fileName(index, suffix) != name {
		return 0
	}
	return index
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

// files are the snapshots in a folder: those that are whole, oldest first, and all others.
type files struct {
	indexes []uint64
	best    snapshot // the newest that is whole, or an empty one
	last    uint64   // the index of the newest, whole or not
	waste   []string // the names of those that are damaged or half written
	unread  []uint64 // the indexes of those that the disk could not read
	failure error    // why
}

// find reads all snapshots.
func (c *Core) find() (all files, err error) {
	names, err := c.config.FS.List(c.config.Dir)
	if err != nil {
		return all, err
	}
	for _, name := range names {
		if indexIn(name, temporary) > 0 {
			all.waste = append(all.waste, name)
		}
		if !strings.HasSuffix(name, suffix) {
			continue
		}
		index := indexIn(name, suffix)
		if index == 0 {
			return all, fmt.Errorf("%w: %q", ErrName, name)
		}
		all.last = max(all.last, index)
		s, err := readSnapshot(c.config.FS, c.path(index, suffix), index)
		if err != nil {
			all.unread = append(all.unread, index)
			all.failure = errors.Join(all.failure, fmt.Errorf("read %s: %w", name, err))
			continue
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
