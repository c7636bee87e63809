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

	magic = "lowwmrk1" // begins a file of this version
	// A file is a header and the state. The header is magic, index, length of the state
	// (8 bytes each, little-endian) and the checksum of all else (4 bytes).
	header = 28
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// snapshot is a state with the index of the last entry in it.
type snapshot struct {
	index uint64
	state []byte
	head  [header]byte // of the file
	short bool         // the file is not as long as it says, or of another kind
}

// newSnapshot returns a snapshot with the header of its file.
func newSnapshot(index uint64, state []byte) *snapshot {
	s := &snapshot{index: index, state: state}
	copy(s.head[:], magic)
	binary.LittleEndian.PutUint64(s.head[8:], index)
	binary.LittleEndian.PutUint64(s.head[16:], uint64(len(state)))
	binary.LittleEndian.PutUint32(s.head[24:], s.checksum())
	return s
}

// checksum is that of header and state.
func (s *snapshot) checksum() uint32 {
	return crc32.Update(crc32.Checksum(s.head[:24], castagnoli), castagnoli, s.state)
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
	_, err = file.WriteAt(s.head[:], 0)
	if err == nil {
		_, err = file.WriteAt(s.state, header)
	}
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// readSnapshot reads a file. IsValid says whether it is whole; an error means that it
// could not be read.
func readSnapshot(on disk.FS, path string) (*snapshot, error) {
	file, err := on.Open(path)
	if err != nil {
		return nil, err
	}
	s, err := parse(file)
	return s, errors.Join(err, file.Close())
}

func parse(file disk.File) (*snapshot, error) {
	size, err := file.Size()
	if err != nil {
		return nil, err
	}
	b := make([]byte, size)
	if _, err := file.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	s := new(snapshot)
	if s.short = copy(s.head[:], b) < header; s.short {
		return s, nil
	}
	s.index, s.state = binary.LittleEndian.Uint64(b[8:]), b[header:]
	s.short = string(b[:8]) != magic || binary.LittleEndian.Uint64(b[16:]) != uint64(len(s.state))
	return s, nil
}

// files are the snapshots in a folder: those that are whole, oldest first, and the names
// of all others.
type files struct {
	indexes []uint64
	newest  *snapshot // nil if none is whole
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
		s, err := readSnapshot(c.config.FS, c.path(index, suffix))
		if err != nil {
			return all, err
		}
		if !IsValid(s, index) {
			all.waste = append(all.waste, name)
			continue
		}
		all.indexes = append(all.indexes, index)
		all.newest = s
	}
	return all, nil
}

// path is where a snapshot's file is.
func (c *Core) path(index uint64, suffix string) string {
	return filepath.Join(c.config.Dir, fileName(index, suffix))
}
