package trace

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
)

// Trace is a trace as it was read, or as it shall be written.
type Trace struct {
	Name   string // the file, for messages
	Header Header
	Events []Event
	// Unfinished says that ReadUnfinished has read the trace: its file has no trailer.
	Unfinished bool
}

// Event is one step.
type Event struct {
	Step  string
	Args  map[string]Value
	State map[string]Value
	Line  int // in the file, counted from 1
	// Note is a JSON object of the program's own, such as a time and a level of its
	// log; nil if there is none. Nothing compares it.
	Note json.RawMessage `json:",omitempty"`

	// Of a file that is one of several processes' (see Header.Process):
	Stamp uint64  `json:",omitempty"` // grows from line to line
	Heard []Stamp `json:",omitempty"` // of the messages that the step follows from
	// File is the one that the step was read from, in a trace that was merged.
	File string `json:",omitempty"`
}

// Place is where the event was read, as file:line.
func (t *Trace) Place(e *Event) string {
	file := e.File
	if file == "" {
		file = t.Name
	}
	return fmt.Sprintf("%s:%d", file, e.Line)
}

// Read reads a trace to its end. The name is for messages. What departs from
// the format in any way is refused with a *SyntaxError.
func Read(r io.Reader, name string) (*Trace, error) {
	p, err := newParser(r, name)
	if err != nil {
		return nil, err
	}
	t, err := p.all()
	if err != nil {
		return nil, err
	}
	return t, nil
}

// ReadFile reads the named file like Read.
func ReadFile(path string) (*Trace, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	defer f.Close()
	return Read(f, path)
}

// ReadUnfinished reads what a process recorded in the named file before it
// was killed. A torn last line is left out, as Resume cuts it.
func ReadUnfinished(path string) (*Trace, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	defer f.Close()
	p, err := newParser(f, path)
	if err != nil {
		return nil, beforeHeader(err)
	}
	t, err := p.all()
	switch {
	case err == nil:
		return nil, fmt.Errorf("%s: %w", path, ErrFinished)
	case !errors.Is(err, ErrUnfinished):
		return nil, err
	}
	t.Unfinished = true
	return t, nil
}

// Resume returns a recorder that continues the trace of a process that was
// killed. It reads what is there, cuts a torn last line and goes on counting.
// It must not be used while the process still runs, nor after its recorder
// has failed.
func Resume(path string) (*Recorder, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	r, err := resume(f, path)
	if err != nil {
		f.Close()
		return nil, err
	}
	return r, nil
}

func resume(f *os.File, path string) (*Recorder, error) {
	p, err := newParser(f, path)
	if err != nil {
		return nil, beforeHeader(err)
	}
	for err == nil {
		_, err = p.next()
	}
	if err == io.EOF {
		return nil, fmt.Errorf("%s: %w", path, ErrFinished)
	}
	if !errors.Is(err, ErrUnfinished) {
		return nil, err
	}
	if err := f.Truncate(p.end); err != nil {
		return nil, fmt.Errorf("trace: cutting the torn line: %w", err)
	}
	if _, err := f.Seek(p.end, io.SeekStart); err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	return &Recorder{w: f, file: f, direct: true, size: p.end, limit: limitOf(path), steps: p.steps, process: p.header.process(), last: p.stamp}, nil
}

// beforeHeader tells a file that ends before its header from a broken one.
func beforeHeader(err error) error {
	if errors.Is(err, ErrUnfinished) {
		return fmt.Errorf("%w: %w", ErrNoHeader, err)
	}
	return err
}

// Write writes the trace in the format that a Recorder writes, with the
// fields of each object sorted. It refuses what a Recorder refuses.
func (t *Trace) Write(w io.Writer) error {
	r := New(w, t.Header)
	if t.Header.Process != nil {
		r.UseClock(&written{t.Events})
	}
	for _, e := range t.Events {
		s := r.Step(e.Step)
		for _, m := range e.Heard {
			s.Heard(m)
		}
		if s != nil {
			s.asRead = e.Note
		}
		for _, k := range slices.Sorted(maps.Keys(e.Args)) {
			s.Value(k, e.Args[k])
		}
		s.State(values(e.State))
	}
	return r.Close()
}

type values map[string]Value

func (v values) View(o *Object) {
	for _, k := range slices.Sorted(maps.Keys(v)) {
		o.Value(k, v[k])
	}
}
