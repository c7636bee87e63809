package toolbox

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

// Processes are the child processes of a run, by name.
type Processes map[string]*Process

// Start starts the pattern's Child, as Start does, in the place of an ended process of
// that name. It returns the first line that the process says, such as where it listens,
// for which it is given as long as patience lasts.
func (all Processes) Start(ctx context.Context, patience *Patience, run conformance.Run, name string, args ...string) (ready string, err error) {
	p, err := Start(ctx, run, name, args...)
	if err != nil {
		return "", err
	}
	all[name] = p
	limited, cancel := patience.Context(ctx)
	defer cancel()
	return p.Line(limited)
}

// Kill kills all of them, and waits for their ends.
func (all Processes) Kill() (err error) {
	for _, p := range all {
		err = errors.Join(err, p.Kill())
	}
	return err
}

// Recorders are those of a run that several processes record, each into a file of its
// own.
type Recorders struct {
	Dir    string       // of the files
	Header trace.Header // of all of them, without a Process
	All    []string     // the names of the processes
}

// Path returns the name of a process's file.
func (r *Recorders) Path(process string) string { return filepath.Join(r.Dir, process+".ndjson") }

// Open opens the recorder of a process, which goes on with the trace of one of that
// name that was killed. The clock orders the steps of all the processes.
func (r *Recorders) Open(process string, clock trace.Clock) (*trace.Recorder, error) {
	h := r.Header
	h.Process = &trace.Process{Name: process, All: r.All, Run: fmt.Sprint(h.Seed)}
	rec, _, err := Resume(r.Path(process), h)
	if err == nil {
		rec.UseClock(clock)
	}
	return rec, err
}

// Merge writes the trace of the run, when all the processes have ended.
func (r *Recorders) Merge(run conformance.Run) error {
	var files []string
	for _, process := range r.All {
		files = append(files, r.Path(process))
	}
	return run.WriteMerged(files...)
}
