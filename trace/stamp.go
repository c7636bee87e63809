package trace

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// Process says whose file this is, where the steps of one run are recorded by
// several processes, each in a file of its own.
type Process struct {
	Name string // this one
	// All names the processes of the run, this one included, in any order.
	// Each of them has a file, so that one that is missing is noticed.
	All []string
	// Run tells the run from others with the same scenario and seed; may be "".
	Run string
}

// Clock is what a recorder stamps the steps of a process with: a Lamport
// clock, such as that of impl/lamportclock.
type Clock interface {
	// Tick moves the clock to a time beyond its own and beyond the one given,
	// and returns it. It is called with the recorder locked.
	Tick(seen uint64) uint64
}

// Stamp names a step among those of several processes. It travels with each
// message that the step, or one after it, sends.
type Stamp struct {
	Process string `json:"process"`
	Time    uint64 `json:"stamp"` // of the process's Lamport clock; 0 is no step
}

func (s Stamp) String() string { return fmt.Sprintf("%s's stamp %d", s.Process, s.Time) }

// maxStamp is the largest time that can be read back.
const maxStamp = math.MaxInt64

var (
	errNoClock   = errors.New("the header names a process, and the recorder was given no clock")
	errNoProcess = errors.New("the recorder was given a clock, and its header names no process")
	errNoStamp   = errors.New("Heard was given a message without a stamp: its sender does not record")
)

// UseClock gives the recorder the clock of its process. It must be called
// before the first step, also after Resume, if and only if the header names a
// process. Whatever the clock says, no stamp is below the last one in the file.
func (r *Recorder) UseClock(c Clock) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clock = c
	if c != nil && r.process == "" && r.err == nil {
		r.fail(fmt.Errorf("trace: %w", errNoProcess))
	}
}

// Stamp returns the stamp of the step that was recorded last. A message that
// is sent after its step was recorded carries it; the receiver hands it to
// Heard. Without a clock, and with a recorder that is off, it is zero.
func (r *Recorder) Stamp() Stamp {
	if r == nil {
		return Stamp{}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return Stamp{r.process, r.last}
}

// Heard says that the step follows from a message, by the stamp that came with
// it. With a recorder that has no clock it does nothing.
func (s *Step) Heard(m Stamp) *Step {
	if s != nil {
		s.heard = append(s.heard, m)
	}
	return s
}

// stamp ends the line of a step with its stamp. The recorder is locked, so that
// stamps grow from line to line.
func (r *Recorder) stamp(s *Step) error {
	if r.clock == nil {
		return errNoClock
	}
	seen := r.last
	for _, m := range s.heard {
		if m.Process == "" || m.Time == 0 || m.Time > maxStamp {
			return errNoStamp
		}
		seen = max(seen, m.Time)
	}
	now := r.clock.Tick(seen)
	if now <= seen || now > maxStamp {
		return fmt.Errorf("%w: the clock went to %d, having seen %d", ErrInvalid, now, seen)
	}
	o := &s.o
	o.buf = append(o.buf[:len(o.buf)-2], `,"stamp":`...) // without the brace and the newline
	o.buf = append(strconv.AppendUint(o.buf, now, 10), ',')
	if len(s.heard) > 0 {
		o.heard(s.heard)
	}
	if o.endLine(); o.err != nil {
		return o.err
	}
	r.last = now
	return nil
}

// heard adds the stamps of messages as a member of the line.
func (o *Object) heard(messages []Stamp) {
	o.buf = append(o.buf, `"heard":[`...)
	for i, m := range messages {
		o.buf = append(o.buf, `{"process":`...)
		o.string(o.buf, place{key: "heard", index: i}, m.Process)
		o.buf = append(o.buf, `"stamp":`...)
		o.buf = append(strconv.AppendUint(o.buf, m.Time, 10), "},"...)
	}
	o.buf = append(o.buf[:len(o.buf)-1], "],"...)
}

// check says what is wrong with a process, or "".
func (p *Process) check() string {
	switch {
	case p.Name == "":
		return "a process has a name"
	case !slices.Contains(p.All, p.Name):
		return fmt.Sprintf("the process %q is one of all the processes", clip(p.Name))
	}
	names := slices.Sorted(slices.Values(p.All))
	for i, name := range names {
		if name == "" {
			return "a process has a name"
		}
		if i > 0 && name == names[i-1] {
			return fmt.Sprintf("each process is named once, and %q is there twice", clip(name))
		}
	}
	return ""
}

// checkStamp says what is wrong with the stamp of an event that follows one
// with the given stamp in the same file, or "".
func checkStamp(before uint64, e *Event) string {
	if e.Stamp <= before {
		return fmt.Sprintf("expected a stamp above %d, that of the step before, found %d", before, e.Stamp)
	}
	for _, m := range e.Heard {
		if m.Time >= e.Stamp {
			return fmt.Sprintf("expected that a message is received after it was sent, found one with %s received at stamp %d", m, e.Stamp)
		}
	}
	return ""
}

// written is the clock of a trace that is written once more.
type written struct{ left []Event }

func (w *written) Tick(uint64) uint64 {
	now := w.left[0].Stamp
	w.left = w.left[1:]
	return now
}
