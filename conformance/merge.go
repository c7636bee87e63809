package conformance

import (
	"errors"
	"fmt"
	"os"

	"github.com/lockstep-tla/lockstep/trace"
)

// WriteMerged writes the trace of a run of several processes to Path: the files
// that they have recorded, merged by their stamps. None of them may run any
// more. A file that a killed process has left without its trailer is ended.
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
