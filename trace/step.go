package trace

import (
	"encoding/json"
	"errors"
)

// Step is one step on its way into the trace. Add the arguments, then call
// State once; the Step is dead after that. A nil *Step ignores everything.
//
// The methods up to State add one argument each, just as the methods of
// Object of the same name do. They are small enough to be inlined, so that
// all that a program pays for a recorder that is off is a comparison.
type Step struct {
	o    Object
	name string
	r    *Recorder
	open bool // begun, and not yet ended by State

	heard  []Stamp         // of the messages that it follows from
	notes  []noted         // what nothing compares
	asRead json.RawMessage // the note of a step that is written as it was read
}

// Int adds an integer argument.
func (s *Step) Int(k string, v int) *Step {
	if s != nil {
		s.o.Int(k, v)
	}
	return s
}

// Uint adds an integer argument.
func (s *Step) Uint(k string, v uint64) *Step {
	if s != nil {
		s.o.Uint(k, v)
	}
	return s
}

// Count adds an integer argument.
func (s *Step) Count(k string, v uint64) *Step {
	if s != nil {
		s.o.Count(k, v)
	}
	return s
}

// Bool adds a boolean argument.
func (s *Step) Bool(k string, v bool) *Step {
	if s != nil {
		s.o.Bool(k, v)
	}
	return s
}

// String adds a string argument.
func (s *Step) String(k, v string) *Step {
	if s != nil {
		s.o.String(k, v)
	}
	return s
}

// Ints adds a sequence of integers.
func (s *Step) Ints(k string, v ...int) *Step {
	if s != nil {
		s.o.Ints(k, v...)
	}
	return s
}

// Uints adds a sequence of integers.
func (s *Step) Uints(k string, v ...uint64) *Step {
	if s != nil {
		s.o.Uints(k, v...)
	}
	return s
}

// Counts adds a sequence of integers.
func (s *Step) Counts(k string, v ...uint64) *Step {
	if s != nil {
		s.o.Counts(k, v...)
	}
	return s
}

// Strings adds a sequence of strings.
func (s *Step) Strings(k string, v ...string) *Step {
	if s != nil {
		s.o.Strings(k, v...)
	}
	return s
}

// Set adds a set of strings.
func (s *Step) Set(k string, members ...string) *Step {
	if s != nil {
		s.o.Set(k, members...)
	}
	return s
}

// Object adds the fields of v as an object.
func (s *Step) Object(k string, v Viewer) *Step {
	if s != nil {
		s.o.Object(k, v)
	}
	return s
}

// Record adds an object with the fields that the function adds.
func (s *Step) Record(k string, fields func(o *Object)) *Step {
	if s != nil {
		s.o.Record(k, fields)
	}
	return s
}

// Objects adds a sequence of n objects.
func (s *Step) Objects(k string, n int, at func(i int) Viewer) *Step {
	if s != nil {
		s.o.Objects(k, n, at)
	}
	return s
}

// Value adds an argument of a kind that is only known at run time.
func (s *Step) Value(k string, v Value) *Step {
	if s != nil {
		s.o.Value(k, v)
	}
	return s
}

// State records the step with the whole view of the acting node after it.
// The step has its place in the trace when State returns, and with a recorder
// made by Create or Resume its line has been handed to the operating system.
func (s *Step) State(v Viewer) {
	if s != nil {
		s.finish(v)
	}
}

// begin starts the line of the step that has the name s.name.
func (s *Step) begin() {
	o := &s.o
	clear(o.index)
	o.keys, o.path, o.err = o.keys[:0], o.path[:0], nil
	s.heard, s.notes, s.asRead = s.heard[:0], s.notes[:0], nil
	o.scopes = 0
	o.beginScope()
	o.buf = append(o.buf[:0], `{"step":`...)
	if s.name == "" {
		o.fail(place{key: "step"}, invalid("it is empty"))
	}
	o.string(o.buf, place{key: "step"}, s.name)
	o.buf = append(o.buf, `"args":{`...)
	o.path = append(o.path, place{key: "args"})
}

// finish ends the line and hands it over. The recorder is not locked while
// the view is taken: a View that panics or records must not stop the others.
func (s *Step) finish(v Viewer) {
	if !s.open {
		s.r.refuse(s.name, errors.New("State was called twice"))
		return
	}
	o := &s.o
	o.leave('}')
	if o.err == nil {
		o.buf = append(o.buf, `"state":`...)
		o.view(place{key: "state"}, v)
	}
	s.note()
	o.endLine()
	s.r.commit(s)
}
