package hybridclock

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"path/filepath"

	"github.com/lockstep-tla/lockstep/impl/environment/disk"
)

// reservation is the file that keeps one number: up to which millisecond stamps may
// have been given out. Each save writes another file and renames it, so that a crash
// leaves one number or the other, and damage is noticed.
type reservation struct {
	fs   disk.FS
	path string
}

const (
	magic      = 0x31434c48 // "HLC1"
	recordSize = 4 + 8 + 4  // magic, milliseconds, checksum; little-endian
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// load returns the number in the file, which a crash may still take back, or 0 if there
// is no file. No clock reserves MaxWall: the stamps of the next process would begin anew.
func (r reservation) load() (wall uint64, err error) {
	f, err := r.fs.Open(r.path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	record := make([]byte, recordSize)
	if size, err := f.Size(); err != nil || size != recordSize {
		return 0, errors.Join(err, fmt.Errorf("%w: %s has %d bytes", ErrReservation, r.path, size))
	}
	if _, err := f.ReadAt(record, 0); err != nil {
		return 0, err
	}
	wall = binary.LittleEndian.Uint64(record[4:])
	if binary.LittleEndian.Uint32(record) != magic || binary.LittleEndian.Uint32(record[12:]) != crc32.Checksum(record[:12], castagnoli) || wall >= MaxWall {
		return 0, fmt.Errorf("%w: %s is damaged", ErrReservation, r.path)
	}
	return wall, nil
}

// save makes a number durable.
func (r reservation) save(wall uint64) error {
	next := r.path + ".next"
	if err := r.fs.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := r.fs.Create(next)
	if err != nil {
		return err
	}
	record := binary.LittleEndian.AppendUint32(nil, magic)
	record = binary.LittleEndian.AppendUint64(record, wall)
	record = binary.LittleEndian.AppendUint32(record, crc32.Checksum(record, castagnoli))
	_, err = f.WriteAt(record, 0)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := r.fs.Rename(next, r.path); err != nil {
		return err
	}
	return r.fs.SyncDir(filepath.Dir(r.path))
}
