package conformance

import (
	"errors"
	"fmt"
	"os"

	"github.com/lockstep-tla/lockstep/trace"
)

// WriteMerged merges the files of several processes by their stamps and writes
// the trace to Path. All the processes must have ended. WriteMerged adds the
// trailer to a file that a killed process has left without one.
func (r Run) WriteMerged(files ...string) (err error) {
	for _, file := range files {
		rec, err := trace.Resume(file)
		if errors.Is(err, trace.ErrFinished) {
			continue
		}
		if err != nil {
			return err
		}
		if err := rec.Close(); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	merged, err := trace.ReadMerged(files...)
	if err != nil {
		return err
	}
	out, err := os.Create(r.Path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	return merged.Write(out)
}
