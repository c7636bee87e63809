package logs

import (
	"context"
	"errors"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/disk/disktest"
	"github.com/lockstep-tla/lockstep/trace"
)

// Subject is what runs in a Harness: a log, or something that is built on one.
type Subject interface {
	// Open is the start of a process.
	Open() error
	// Work does the same each time, and returns the first error.
	Work() error
	// Do does what an operation stands for.
	Do(Operation)
	// Look holds against the trace what the subject says of itself.
	Look()
	// Close ends the process as it should.
	Close()
	// Left records the end of a process with what it has left on the disk.
	Left() error
}

// Operation is one thing that happens in a run, as the fuzzer makes it.
type Operation struct {
	Kind, Choice, Another uint8
	Keys                  uint8 // and values, for a map
	Values                [4]uint8
}

// Harness is a disk in memory for a Subject, what goes wrong with both, and what callers
// were told.
type Harness struct {
	toolbox.Script
	Rec     *trace.Recorder
	Disk    *disktest.Disk
	Path    string // of the trace
	Seed    int64
	Crashes int64 // so far

	node    string
	subject Subject
	answers *toolbox.Answers
}

// Header is how the trace of a scenario begins.
type Header func(scenario string, seed int64) trace.Header

// inside records what do does in a harness, and holds what callers were told against it.
func inside(run conformance.Run, header trace.Header, node string, create func(*Harness) Subject, do func(*Harness)) error {
	return toolbox.RecordAnswers(run, header, func(rec *trace.Recorder, answers *toolbox.Answers) error {
		h := &Harness{Rec: rec, Disk: disktest.New(), Path: run.Path, Seed: run.Seed, node: node, answers: answers}
		h.subject = create(h)
		do(h)
		return h.Err()
	})
}

// Faults is a scenario that lets the subject do random things, from 25 to 45 of them. Create
// makes the subject, which the trace calls node.
func Faults(header Header, node string, create func(*Harness) Subject) func(context.Context, conformance.Run) error {
	return func(ctx context.Context, run conformance.Run) error {
		return inside(run, header("faults", run.Seed), node, create, func(h *Harness) {
			h.Must(h.subject.Open())
			for _, op := range toolbox.Workload[Operation](run.Seed, 25, 45) {
				if h.Must(ctx.Err()); h.Err() != nil {
					return
				}
				h.subject.Do(op)
			}
			if h.Err() == nil {
				h.subject.Look()
				h.subject.Close()
			}
		})
	}
}

// Halt is a scenario that lets the subject do the same work for all seeds, and stops the
// disk at an operation that depends on the seed. Then the subject does its work again.
func Halt(header Header, node string, create func(*Harness) Subject) func(context.Context, conformance.Run) error {
	return func(_ context.Context, run conformance.Run) error {
		return inside(run, header("halt", run.Seed), node, create, func(h *Harness) {
			h.Disk.HaltAfter(int(run.Seed) - 1)
			err := h.subject.Open()
			if err == nil {
				err = h.subject.Work()
			}
			if !errors.Is(err, disktest.ErrCrashed) { // which is how the disk stops
				h.Must(err)
			}
			h.Crash(Operation{Choice: uint8(run.Seed / 3), Another: uint8(run.Seed)})
			if h.Err() != nil {
				return
			}
			h.subject.Look()
			h.Must(h.subject.Work())
			h.subject.Look()
			h.subject.Close()
		})
	}
}

// Told notes what a method of the subject has returned.
func (h *Harness) Told(what string, holds func(state *trace.Record) bool) {
	h.answers.Told(h.Rec, h.node, what, holds)
}

// Prepare lets the disk fail soon: at the next flush of a file, at its next write, which
// is short, when there is no more space, or at each operation behind the next few.
func (h *Harness) Prepare(op Operation, file string) {
	switch op.Kind % 4 {
	case 0:
		h.Disk.FailSync(file)
	case 1:
		h.Disk.ShortWrite(file, int(op.Choice)%60)
	case 2:
		h.Disk.LimitSpace(int64(op.Choice) % 200)
	case 3:
		h.Disk.HaltAfter(int(op.Another % 16))
	}
}

// Crash ends the process, or the machine with it, and starts the next process.
func (h *Harness) Crash(op Operation) {
	h.End(op)
	h.Must(h.subject.Open())
}

// End ends the process, or the machine with it, and records what is left.
func (h *Harness) End(op Operation) {
	h.Crashes++
	last, err := toolbox.LastStep(h.Path)
	if h.Must(err); last == nil { // the process has done nothing, which no crash can undo
		op.Choice = 0
	}
	h.Disk.End(op.Choice, int64(op.Another)+h.Crashes)
	h.Must(h.subject.Left())
}
