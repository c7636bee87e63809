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
//	channels    a package: processes that send each other requests over TCP
//	logs        a package: what the patterns share that keep something in log files
//	logs/logstest a package for tests: runs of such patterns whose indexes begin high, and speed
//	slowtest    a package for tests: runs with a slow write between a step and its effect
//	Patience    Eventually, with a limit
//	CountFrom   for runs whose numbers begin where a smaller integer ends
//	Answers     what callers were told, held against the trace; RecordAnswers does both
//	Sequence    several recorders of one program, merged in the order of their steps
//	Save, Load  what a process keeps in a file for the next one
//	Refusal     for tests: how the refusal of a run is explained
//	Joined      for tests: one folder of a spec whose modules stand in several
//
// Fail points of a disk are in the package disktest, losses and delays of a network in
// networktest.
package toolbox

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

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

// RecordAnswers is Record for a run that notes what callers are told. It holds the
// answers against the trace at the end, also if do fails.
func RecordAnswers(run conformance.Run, h trace.Header, do func(*trace.Recorder, *Answers) error) error {
	var answers Answers
	err := Record(run, h, func(rec *trace.Recorder) error { return do(rec, &answers) })
	return errors.Join(err, answers.Check(run.Path))
}

// CountFrom lets the counters of a run begin where an integer of 16, 31 or 32 bits ends,
// or at 0, as the seed says. Before is what they are before their first number; their
// second one is too large. The recorder takes it off what Count adds.
func CountFrom(rec *trace.Recorder, seed int64) (before uint64) {
	before = []uint64{0, 1<<16 - 2, 1<<31 - 2, 1<<32 - 2}[uint64(seed)%4]
	rec.CountFrom(before)
	return before
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

// LastStep returns the last step of a trace, which may lack its end. It is nil if there
// is none, also if the trace has not begun.
func LastStep(path string) (*trace.Event, error) {
	t, err := trace.ReadUnfinished(path)
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, trace.ErrNoHeader):
		return nil, nil
	case err != nil || len(t.Events) == 0:
		return nil, err
	}
	return &t.Events[len(t.Events)-1], nil
}

// Replayed calls do for each step of the trace in the named file. Its error names the
// place of a step whose arguments or state are not as do has read them.
func Replayed(path string, do func(step string, args, state *trace.Record)) error {
	t, err := trace.ReadFile(path)
	if err != nil {
		return err
	}
	for i := range t.Events {
		e := &t.Events[i]
		args, state := trace.NewRecord(e.Args), trace.NewRecord(e.State)
		do(e.Step, args, state)
		if err := errors.Join(args.Err(), state.Err()); err != nil {
			return fmt.Errorf("%s: %w", t.Place(e), err)
		}
	}
	return nil
}

// Concurrently calls do in n goroutines at once, with the numbers from 0, and waits for
// all of them. It returns all errors.
func Concurrently(n int, do func(i int) error) error {
	var wait sync.WaitGroup
	failed := make([]error, n)
	for i := range n {
		wait.Go(func() { failed[i] = do(i) })
	}
	wait.Wait()
	return errors.Join(failed...)
}

// Workload returns the operations that a seed stands for. Their number lies between
// from and to; their fields are random.
func Workload[Operation any](seed int64, from, to int) []Operation {
	var all []Operation
	fuzz.NewWithSeed(seed).NilChance(0).NumElements(from, to).Fuzz(&all)
	return all
}

// Walk does random operations, of which the code may refuse any with this refusal. Any
// other error is a surprise of the script, and the walk goes on.
func Walk[Operation any](s *Script, all []Operation, refusal error, do func(Operation) error) {
	for _, op := range all {
		s.Allow(do(op), refusal)
	}
}

// Length is how much a run does: usual, or long if a long run was asked for.
func Length(run conformance.Run, usual, long int) int {
	if run.Long {
		return long
	}
	return usual
}

// Names returns n names that are all as long: prefix01, prefix02 and so on.
func Names(prefix string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%s%02d", prefix, i+1)
	}
	return all
}

// UpTo returns the numbers from 0 to n, for a constant of a header.
func UpTo(n int) []trace.Value {
	all := make([]int, n+1)
	for i := range all {
		all[i] = i
	}
	return trace.Values(all)
}

// Latest returns one of the last few, or now and then any, as a random number says. There
// must be one.
func Latest[T any](all []T, n uint8) T {
	if n%8 == 7 {
		return all[int(n)*len(all)/256]
	}
	return all[len(all)-1-int(n)%min(4, len(all))]
}

// Pick returns the member that a random number stands for.
func Pick[T any, N ~uint8 | ~uint16 | ~int | ~int64](list []T, n N) T {
	return list[int(n)%len(list)]
}

// Without returns a copy of a list that lacks these members.
func Without[T comparable](list []T, members ...T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(v T) bool { return slices.Contains(members, v) })
}
