package trace

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"sync"
)

// Header is the first line of a trace: what was run.
type Header struct {
	Spec     string // the module, such as "WriteAheadLog"
	Scenario string // the run's name
	Seed     int64  // what made its workload and its faults
	// Constants are the spec's constants in this run. A constant that is a
	// []Value is a set, because TLC's configuration knows no sequences.
	Constants map[string]Value
	// Process is the process whose file it is, if several record one run; nil
	// if there is only this file.
	Process *Process
}

// Recorder writes down what a program does, step by step. A nil *Recorder is
// off: it records nothing and evaluates nothing. All methods may be called by
// several goroutines at once.
//
// A recorder never harms the program it watches. The first thing that goes
// wrong stops the recording; Err and Close report it, and the trace gets no
// trailer, so that every reader refuses it.
type Recorder struct {
	mu     sync.Mutex
	w      io.Writer
	file   *os.File // what Close closes, nil unless Create or Resume opened it
	direct bool     // each line is written at once
	buf    []byte   // lines not yet written, unless they are written at once
	steps  int      // lines recorded
	all    []*Step  // every Step there is, to find those that got no State
	free   []*Step
	err    error
	closed bool
	size   int64      // of the file, as far as it has a limit
	limit  *fileLimit // nil without one

	from    uint64 // where counters begin
	process string // the one that the header names, or ""
	clock   Clock
	last    uint64 // the stamp of the last step
}

const (
	bufferSize = 64 << 10
	// maxOpen bounds the memory taken by steps that never get their State.
	maxOpen = 1 << 16
)

// New returns a recorder that writes to w through a buffer. Close flushes the
// buffer and does not close w.
func New(w io.Writer, h Header) *Recorder {
	r := &Recorder{w: w, buf: make([]byte, 0, bufferSize)}
	line, err := headerLine(h)
	if err != nil {
		r.fail(err)
		return r
	}
	r.process = h.process()
	r.write(line)
	return r
}

// Create returns a recorder that writes the named file, which is made or
// emptied. It writes each line before State returns, so that a process that
// is killed has recorded everything that another process can have seen of it.
func Create(path string, h Header) (*Recorder, error) {
	line, err := headerLine(h)
	if err != nil {
		return nil, err
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	if _, err := file.Write(line); err != nil {
		file.Close()
		return nil, fmt.Errorf("trace: header: %w", err)
	}
	return &Recorder{w: file, file: file, direct: true, size: int64(len(line)), limit: limitOf(path), process: h.process()}, nil
}

// Step begins a step with the name of an action of the spec. The step is
// recorded when its State is called.
func (r *Recorder) Step(name string) *Step {
	if r == nil {
		return nil
	}
	return r.step(name)
}

// CountFrom takes this number off each integer that Count or Counts adds, in all steps that
// begin from now on. A run whose counters begin there, just below where a narrower integer
// would end, then has the trace of one whose counters begin at 0.
func (r *Recorder) CountFrom(first uint64) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.from = first
}

// Counted returns the integer that Count records for v, to compare it with a trace. For a
// number that Count takes for wrong, the result is beyond all integers of traces.
func (r *Recorder) Counted(v uint64) uint64 {
	if r == nil || v == 0 {
		return v
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if v < r.from {
		return math.MaxUint64
	}
	return v - r.from
}

// Err returns the first thing that went wrong, or nil.
func (r *Recorder) Err() error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// Steps returns how many steps have been recorded; 0 if the recorder is off.
func (r *Recorder) Steps() int {
	if r == nil {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.steps
}

// Close ends the trace with its trailer and returns the first thing that went
// wrong since the recorder was made, in which case there is no trailer. It is
// an error to close a recorder while a step lacks its State. Closing again
// changes nothing and returns the same.
func (r *Recorder) Close() error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return r.err
	}
	if s := r.unended(); s != nil {
		r.fail(r.stepError(s.name, errors.New("recorder closed before its State was called")))
	}
	if r.err == nil {
		r.end()
	}
	r.closed = true
	if r.file != nil {
		if err := r.file.Close(); err != nil && r.err == nil {
			r.err = fmt.Errorf("trace: %w", err)
		}
	}
	return r.err
}

// end writes the trailer.
func (r *Recorder) end() {
	err := r.write(append(strconv.AppendInt([]byte(`{"end":`), int64(r.steps), 10), "}\n"...))
	if err == nil {
		err = r.flush()
	}
	if err != nil {
		r.fail(fmt.Errorf("trace: trailer: %w", err))
	}
}

func (r *Recorder) step(name string) *Step {
	s := r.take(name)
	if s != nil {
		s.begin()
	}
	return s
}

// take returns an unused Step, or nil if the recorder no longer records.
func (r *Recorder) take(name string) *Step {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return nil
	}
	if last := len(r.free) - 1; last >= 0 {
		s := r.free[last]
		r.free = r.free[:last]
		s.name, s.open, s.o.from = name, true, r.from
		return s
	}
	if len(r.all) == maxOpen {
		r.fail(r.stepError(r.all[0].name, fmt.Errorf("it is one of %d steps without their State", maxOpen)))
		return nil
	}
	s := &Step{r: r, name: name, open: true}
	s.o.from = r.from
	r.all = append(r.all, s)
	return s
}

// commit writes the step's line and takes the Step back.
func (r *Recorder) commit(s *Step) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s.open = false
	r.free = append(r.free, s)
	switch {
	case r.err != nil:
	case r.closed:
		r.err = ErrClosed
	case s.o.err != nil:
		r.fail(r.stepError(s.name, s.o.err))
	default:
		if r.process != "" {
			if err := r.stamp(s); err != nil {
				r.fail(r.stepError(s.name, err))
				return
			}
		}
		r.size += int64(len(s.o.buf))
		if err := r.limit.check(r.size); err != nil {
			r.fail(r.stepError(s.name, err))
			if r.limit.over != nil {
				r.limit.over(r.err)
			}
			return
		}
		if err := r.write(s.o.buf); err != nil {
			r.fail(r.stepError(s.name, err))
			return
		}
		r.steps++
	}
}

// refuse fails because of how a step was used.
func (r *Recorder) refuse(step string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fail(r.stepError(step, err))
}

// unended returns a step that was begun and has no State yet, or nil.
func (r *Recorder) unended() *Step {
	for _, s := range r.all {
		if s.open {
			return s
		}
	}
	return nil
}

// stepError says that the step which would have been the next failed.
func (r *Recorder) stepError(name string, err error) error {
	return fmt.Errorf("trace: step %d %q: %w", r.steps+1, name, err)
}

// fail stops the recording. It leaves the reason in the trace if it can: no
// reader accepts that line, so that a trace with a gap is refused even after
// Resume.
func (r *Recorder) fail(err error) {
	if r.err != nil || r.closed {
		return
	}
	r.err = err
	var o Object
	o.buf = append(o.buf, '{')
	o.String("failed", err.Error())
	o.endLine()
	if o.err == nil {
		r.write(o.buf)
	}
	r.flush()
}

// write writes a line, or keeps it for later.
func (r *Recorder) write(line []byte) error {
	if r.direct {
		return write(r.w, line)
	}
	if len(r.buf)+len(line) > bufferSize {
		if err := r.flush(); err != nil {
			return err
		}
	}
	r.buf = append(r.buf, line...)
	return nil
}

// flush writes what was kept. What cannot be written is given up.
func (r *Recorder) flush() error {
	if len(r.buf) == 0 {
		return nil
	}
	err := write(r.w, r.buf)
	r.buf = r.buf[:0]
	return err
}

func write(w io.Writer, p []byte) error {
	n, err := w.Write(p)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	return err
}

// headerLine returns the header as it is written.
func headerLine(h Header) ([]byte, error) {
	o := Object{buf: []byte{'{'}}
	o.Int("lockstep", version)
	if h.Spec == "" {
		o.fail(place{key: "spec"}, invalid("the string is empty"))
	}
	o.String("spec", h.Spec).String("scenario", h.Scenario)
	if line, ok := o.key("seed"); ok {
		o.buf = append(strconv.AppendInt(line, h.Seed, 10), ',')
	}
	o.Value("constants", h.Constants)
	if p := h.Process; p != nil {
		if wrong := p.check(); wrong != "" {
			o.fail(place{key: "process"}, invalid("%s", wrong))
		}
		o.Record("process", func(o *Object) { o.String("name", p.Name).Strings("all", p.All...).String("run", p.Run) })
	}
	o.endLine()
	if o.err != nil {
		return nil, fmt.Errorf("trace: header: %w", o.err)
	}
	return o.buf, nil
}

// process is the name of the process, or "".
func (h *Header) process() string {
	if h.Process == nil {
		return ""
	}
	return h.Process.Name
}
