package main

import (
	"errors"
	"os"
	"path/filepath"
)

// plainSize is how long the plain file is from the start; appending begins
// again at its front when it is full.
const plainSize = 64 << 20

var plainSubject = subject{
	name: "plain file",
	open: func(dir string, group bool) (log, error) {
		f, err := os.Create(filepath.Join(dir, "plain"))
		if err != nil {
			return nil, err
		}
		if err := errors.Join(allocate(f, plainSize), fill(f), f.Sync()); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return asLog(&plainFile{file: f}, nil, group)
	},
}

// fill writes zeros, so that no later write is the first one to its block, for
// which the filesystem would have to change its metadata.
func fill(f *os.File) error {
	zeros := make([]byte, 64<<10)
	for at := int64(0); at < plainSize; at += int64(len(zeros)) {
		if _, err := f.WriteAt(zeros, at); err != nil {
			return err
		}
	}
	return nil
}

// plainFile writes entries one after the other, and nothing else.
type plainFile struct {
	file   *os.File
	offset int64
	buffer []byte
}

func (p *plainFile) save(entries [][]byte) error {
	p.buffer = p.buffer[:0]
	for _, e := range entries {
		p.buffer = append(p.buffer, e...)
	}
	if p.offset+int64(len(p.buffer)) > plainSize {
		p.offset = 0
	}
	if _, err := p.file.WriteAt(p.buffer, p.offset); err != nil {
		return err
	}
	p.offset += int64(len(p.buffer))
	return datasync(p.file)
}

func (p *plainFile) Close() error { return p.file.Close() }
