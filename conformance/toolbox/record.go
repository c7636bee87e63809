// Package toolbox is what the runs of several patterns need: a recorded run, a
// table of steps, a simulated cluster, a scripted one, child processes, and
// patience. Each tool stands alone; take what a run needs and write the rest out.
//
//	Record      a run with its trace, opened, closed, errors joined
//	Steps       a table from step name to function: the System that Explore drives
//	Script      a run that is led by hand or by a text; a refusal is an error unless it is expected
//	Scripted    a Script over nodes whose messages can be held, released, redelivered
//	Cluster     nodes on a simulated network, in virtual time
//	Process     a child process that is told what to do, line by line, and killed
//	Processes   several of them, each with an address and a trace, which Merge merges
//	Patience    Eventually, with a limit
//	Gate        holds goroutines at a place until they are let go
//	Answers     what callers were told, held against the trace
//
// Fail points of a disk are in the package disktest, those of a network in
// networktest.
package toolbox

import (
	"errors"
	"os"

	fuzz "github.com/google/gofuzz"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

// Record opens the trace of a run, lets do record it, and closes it, also if do
// fails or panics: what was recorded until then counts. It returns what went
// wrong in either.
func Record(run conformance.Run, h trace.Header, do func(*trace.Recorder) error) (err error) {
	rec, err := trace.Create(run.Path, h)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rec.Close()) }()
	return do(rec)
}

// Resume returns a recorder that goes on with the trace of a process that was
// killed, or begins it with the header if that process had not come to it. First
// says which.
func Resume(path string, h trace.Header) (rec *trace.Recorder, first bool, err error) {
	rec, err = trace.Resume(path)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, trace.ErrNoHeader) {
		rec, err = trace.Create(path, h)
		return rec, true, err
	}
	return rec, false, err
}

// Workload returns the operations that a seed stands for. Their number lies between
// from and to; their fields are random.
func Workload[Operation any](seed int64, from, to int) []Operation {
	var all []Operation
	fuzz.NewWithSeed(seed).NilChance(0).NumElements(from, to).Fuzz(&all)
	return all
}

// Pick returns the member that a random number stands for.
func Pick[T any, N ~uint8 | ~uint16 | ~int | ~int64](list []T, n N) T {
	return list[int(n)%len(list)]
}
