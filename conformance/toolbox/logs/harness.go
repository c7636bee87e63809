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
	// Settle does what is left to do, so that nothing is owed any more.
	Settle() error
	// Close ends the process as it should.
	Close()
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

	subjects *Subjects
	subject  Subject
	answers  *toolbox.Answers
}

// Header is how the traces of a pattern begin.
type Header struct {
	Spec      string
	Constants map[string]trace.Value
}

// Of is the header of a scenario's trace.
func (h Header) Of(scenario string, seed int64) trace.Header {
	return trace.Header{Spec: h.Spec, Scenario: scenario, Seed: seed, Constants: h.Constants}
}

// Subjects are what the scenarios Faults and Halt run. Create makes one of them, which the
// trace calls Node. What its process has left in the folder, Left records.
type Subjects struct {
	Header Header
	Node   string
	Folder string
	Create func(*Harness) Subject
	Left   Left
}

// scenario is one in which do works with a subject. What callers were told is held against
// the trace.
func (s *Subjects) scenario(name, about string, runs int, do func(context.Context, *Harness)) conformance.Scenario {
	return conformance.Scenario{Name: name, About: about, Runs: runs, Run: func(ctx context.Context, run conformance.Run) error {
		return toolbox.RecordAnswers(run, s.Header.Of(name, run.Seed), func(rec *trace.Recorder, answers *toolbox.Answers) error {
			h := &Harness{Rec: rec, Disk: disktest.New(), Path: run.Path, Seed: run.Seed, subjects: s, answers: answers}
			h.subject = s.Create(h)
			return toItsEnd(ctx, rec, run.Path, s.Node, func() error {
				do(ctx, h)
				return h.Err()
			})
		})
	}}
}

// end ends a run in calm.
func (h *Harness) end() {
	h.subject.Look()
	if h.Must(h.subject.Settle()); h.Err() == nil {
		h.Must(ClaimEnd(h.Rec, h.Path, h.subjects.Node))
	}
	h.subject.Close()
}

// Faults is a scenario that lets the subject do random things, from 25 to 45 of them.
func (s *Subjects) Faults(runs int, about string) conformance.Scenario {
	return s.scenario("faults", about, runs, func(ctx context.Context, h *Harness) {
		h.Must(h.Start())
		for _, op := range toolbox.Workload[Operation](h.Seed, 25, 45) {
			if h.Must(ctx.Err()); h.Err() != nil {
				return
			}
			h.subject.Do(op)
		}
		if h.Err() == nil {
			h.end()
		}
	})
}

// Halt is a scenario that lets the subject do the same work for all seeds, and stops the
// disk at an operation that depends on the seed. With an even seed the process ends there,
// and the machine runs on: what was not flushed is still in the cache. Then the subject does
// its work again, and the machine crashes. Nothing is left but what was flushed, and of the
// files only those whose names were.
func (s *Subjects) Halt(runs int, about string) conformance.Scenario {
	return s.scenario("halt", about, runs, func(_ context.Context, h *Harness) {
		h.Disk.HaltAfter(int(h.Seed) - 1)
		err := h.Start()
		if err == nil {
			err = h.subject.Work()
		}
		if !errors.Is(err, disktest.ErrCrashed) { // which is how the disk stops
			h.Must(err)
		}
		how := uint8(h.Seed / 3)
		if h.Seed%2 == 0 {
			how = 0 // the process alone
		}
		h.Crash(Operation{Choice: how, Another: uint8(h.Seed)})
		if h.Err() != nil {
			return
		}
		h.subject.Look()
		h.Must(h.subject.Work())
		h.Disk.Crash(nil)
		h.left()
		h.Must(h.Start())
		if h.Err() == nil {
			h.end()
		}
	})
}

// InTurn calls functions one after the other, until one fails.
func InTurn(all ...func() error) error {
	for _, do := range all {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// Told notes what a method of the subject has returned.
func (h *Harness) Told(what string, holds func(state *trace.Record) bool) {
	h.answers.Told(h.Rec, h.subjects.Node, what, holds)
}

// Start is the start of a process.
func (h *Harness) Start() error {
	err := h.subject.Open()
	if err == nil {
		h.Told("Open has returned", toolbox.Shows("mode", "up"))
	}
	return err
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
	h.Must(h.Start())
}

// End ends the process, or the machine with it, and records what is left.
func (h *Harness) End(op Operation) {
	h.Crashes++
	last, err := toolbox.LastStep(h.Path)
	if h.Must(err); last == nil { // the process has done nothing, which no crash can undo
		op.Choice = 0
	}
	h.Disk.End(op.Choice, int64(op.Another)+h.Crashes)
	h.left()
}

// left records the end of a process, with what it has left.
func (h *Harness) left() {
	h.Must(h.subjects.Left.record(h.Rec, h.Path, h.Disk, h.subjects.Folder))
}
