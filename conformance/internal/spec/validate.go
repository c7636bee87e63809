package spec

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// Validate reports, as bad input, faults of a trace that can be found without
// TLC.
func (s *Spec) Validate(t *trace.Trace) error { return s.validate(t, map[Same]bool{}) }

// Validator returns Validate for traces that are in memory together. It looks at an event
// that several of them share once: falsified traces are mostly their original.
func (s *Spec) Validator() func(*trace.Trace) error {
	valid := map[Same]bool{}
	return func(t *trace.Trace) error { return s.validate(t, valid) }
}

// Same identifies an event by the memory of its parts.
type Same struct {
	step        string
	args, state uintptr
}

// SameAs returns what identifies an event, and false if it has no arguments or no state.
func SameAs(e *trace.Event) (Same, bool) {
	same := Same{e.Step, reflect.ValueOf(e.Args).Pointer(), reflect.ValueOf(e.State).Pointer()}
	return same, same.args != 0 && same.state != 0
}

func (s *Spec) validate(t *trace.Trace, valid map[Same]bool) error {
	header := trace.Event{Line: 1}
	bad := func(e *trace.Event, format string, args ...any) error {
		return fmt.Errorf("%w: %s: %s", ErrInput, t.Place(e), fmt.Sprintf(format, args...))
	}
	if t.Header.Spec != s.Name {
		return bad(&header, "this is a trace of the spec %q; it is held against %s", t.Header.Spec, s.Name)
	}
	for _, name := range tla.SortedKeys(t.Header.Constants) {
		c, ok := s.Config.Constant(name)
		if ok && c.Definition != "" {
			return bad(&header, "constant %s: %sSteps.cfg defines it as %s, and no trace can bring another", name, s.Name, c.Definition)
		}
		if !ok {
			return bad(&header, "unknown constant %q; %sSteps.cfg has %s", name, s.Name, constantNames(s.Config))
		}
		if wrong := otherKind(c, t.Header.Constants[name]); wrong != "" {
			return bad(&header, "constant %s: %sSteps.cfg has %s", name, s.Name, wrong)
		}
	}
	if _, err := ConstantsOf(t); err != nil {
		return bad(&header, "%s", err)
	}
	if len(t.Events) == 0 {
		return bad(&header, "the trace holds no step, so there is nothing to check")
	}
	for i := range t.Events {
		e := &t.Events[i]
		same, ok := SameAs(e)
		if ok && valid[same] {
			continue
		}
		if s.Forms == nil {
			if _, err := tlc.FormatValue(e.Step); err != nil {
				return bad(e, "step: %s", err)
			}
		} else if wrong := s.Forms.check(s.Name, e); wrong != "" {
			return bad(e, "%s%s", wrong, s.withoutStep(e.Step))
		}
		if wrong := cmp.Or(unreadable("args", e.Args), unreadable("state", e.State)); wrong != "" {
			return bad(e, "%s", wrong)
		}
		valid[same] = ok
	}
	return nil
}

// unreadable finds a string that TLC cannot read: its parser takes printable
// ASCII only, and reads other characters as something else. Such a string could
// not be compared, so it is no verdict on the step.
func unreadable(path string, v trace.Value) string {
	switch v := v.(type) {
	case string:
		if _, err := tlc.FormatValue(v); err != nil {
			return fmt.Sprintf("%s: TLC reads printable ASCII only, without the backquote, and cannot read %q; let the recorder write it in ASCII, such as in hex", path, v)
		}
	case []trace.Value:
		for i := range v {
			if wrong := unreadable(fmt.Sprintf("%s[%d]", path, i+1), v[i]); wrong != "" {
				return wrong
			}
		}
	case map[string]trace.Value:
		for _, name := range tla.SortedKeys(v) {
			if wrong := cmp.Or(unreadable(path+": the name of a field", name), unreadable(path+"."+name, v[name])); wrong != "" {
				return wrong
			}
		}
	}
	return ""
}

// otherKind says of what kinds a constant of the cfg and a logged one are, if the
// two differ; "" if they agree. A model value stands for any string.
func otherKind(c tlc.Constant, logged trace.Value) string {
	v, err := tlc.ParseValue(c.Value)
	if err != nil {
		return ""
	}
	want, got := kindOf(v), kindOf(arraysAsSets(logged))
	if want == got || got == "a set" && strings.HasPrefix(want, "a set") || want == "a set" && strings.HasPrefix(got, "a set") {
		return ""
	}
	return want + ", the trace logs " + got
}
