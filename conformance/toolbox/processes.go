package toolbox

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

// Processes are the child processes of a run, by their names. Each is started with at
// least the arguments NAME FOLDER SEED, records its steps with ResumeProcess, and says
// first where it listens. A process may be started again. Ask, Order, Named and Address may
// be called by several goroutines. Only one goroutine may call Start, while no other method
// runs.
type Processes struct {
	Patience // with what the processes say

	ctx       context.Context
	run       conformance.Run
	running   map[string]*Process
	addresses map[string]string
}

// NewProcesses returns the processes of a run, of which none has started. They are
// killed when ctx ends.
func NewProcesses(ctx context.Context, run conformance.Run) *Processes {
	return &Processes{ctx: ctx, run: run, running: map[string]*Process{}, addresses: map[string]string{}}
}

// Start starts a process, with arguments after the usual ones, and waits until it says
// where it listens. It kills one of that name that still runs.
func (p *Processes) Start(name string, args ...string) error {
	if old := p.running[name]; old != nil {
		if err := old.Kill(); err != nil {
			return err
		}
	}
	started, err := Start(p.ctx, p.run, name, append([]string{name, p.run.Dir, fmt.Sprint(p.run.Seed)}, args...)...)
	if err != nil {
		return err
	}
	p.running[name] = started
	ctx, cancel := p.Patience.Context(p.ctx)
	defer cancel()
	if p.addresses[name], err = started.Line(ctx); err != nil {
		return fmt.Errorf("%s does not say where it listens: %w", name, err)
	}
	return nil
}

// Named returns the process of that name that was started last, nil if there was none.
func (p *Processes) Named(name string) *Process { return p.running[name] }

// Address is where a process listens, as it has said.
func (p *Processes) Address(name string) string { return p.addresses[name] }

// Ask tells a process a line of words, and returns its answer.
func (p *Processes) Ask(name string, words ...string) (string, error) {
	ctx, cancel := p.Patience.Context(p.ctx)
	defer cancel()
	return p.running[name].Ask(ctx, words...)
}

// Order tells a process a line of words, which it must answer with want.
func (p *Processes) Order(name, want string, words ...string) error {
	ctx, cancel := p.Patience.Context(p.ctx)
	defer cancel()
	return p.running[name].Order(ctx, want, words...)
}

// Introduce tells each of these processes where all others listen, as "know NAME ADDRESS
// NAME ADDRESS ...", which it must answer with "ok".
func (p *Processes) Introduce(names ...string) error {
	for _, name := range names {
		words := []string{"know"}
		for _, other := range slices.Sorted(maps.Keys(p.addresses)) {
			if other != name {
				words = append(words, other, p.addresses[other])
			}
		}
		if err := p.Order(name, "ok", words...); err != nil {
			return err
		}
	}
	return nil
}

// Introduced is a child's side of Introduce: it carries out the order by know.
func Introduced(words []string, know func(name, address string) error) (answer string, err error) {
	for pair := range slices.Chunk(words[1:], 2) {
		if len(pair) < 2 {
			return "", fmt.Errorf("want know NAME ADDRESS ...; have %q", words)
		}
		if err := know(pair[0], pair[1]); err != nil {
			return "", err
		}
	}
	return "ok", nil
}

// Kill kills all processes and waits for their end.
func (p *Processes) Kill() (err error) {
	for _, running := range p.running {
		err = errors.Join(err, running.Kill())
	}
	return err
}

// Close ends all processes, each within the limit; see Process.Close.
func (p *Processes) Close(limit time.Duration) (err error) {
	for _, running := range p.running {
		err = errors.Join(err, running.Close(limit))
	}
	return err
}

// TraceFile is where a process of a run records its steps.
func TraceFile(folder, process string) string { return filepath.Join(folder, process+".ndjson") }

// ResumeProcess makes the recorder of one process out of all that record a run. It goes
// on with what an earlier process of that name has left in the folder. The clock stamps
// its steps, and Merge puts the files together by these stamps.
func ResumeProcess(folder, process string, all []string, h trace.Header, clock trace.Clock) (*trace.Recorder, error) {
	h.Process = &trace.Process{Name: process, All: all, Run: fmt.Sprint(h.Seed)}
	rec, _, err := Resume(TraceFile(folder, process), h)
	if err == nil {
		rec.UseClock(clock)
	}
	return rec, err
}

// RecordChild is Record for a child that Processes has started, with the usual arguments
// only. Open makes its recorder.
func RecordChild(args []string, open func(name, folder string, seed int64) (*trace.Recorder, error),
	do func(name, folder string, rec *trace.Recorder) error) (err error) {
	var name, folder string
	var seed int64
	if err := Arguments(args, "NAME FOLDER SEED", &name, &folder, &seed); err != nil {
		return err
	}
	rec, err := open(name, folder, seed)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rec.Close()) }()
	return do(name, folder, rec)
}

// Merge writes the trace of a run from those of all its processes, which have ended.
func Merge(run conformance.Run, all []string) error {
	var files []string
	for _, process := range all {
		files = append(files, TraceFile(run.Dir, process))
	}
	return run.WriteMerged(files...)
}
