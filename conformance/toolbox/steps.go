package toolbox

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/trace"
)

// Step takes one step of the code. An argument that is missing, or of another
// kind, is reported by Do; the function need not look.
type Step func(args *trace.Record) error

// Plain is a Step without arguments.
func Plain(step func() error) Step { return func(*trace.Record) error { return step() } }

// Claim is the Step of an observer who says that nothing is owed. It is refused where the code
// is not idle. A run may claim it all the same, and the spec has to refuse that.
func Claim(idle func() bool, claim func()) Step {
	return Plain(func() error {
		if !idle() {
			return conformance.ErrRefused
		}
		claim()
		return nil
	})
}

// Steps is a table from the names of a spec's steps to what takes them. It is a
// conformance.System.
type Steps struct {
	// Take has one entry for each step of the spec; see Complete.
	Take map[string]Step
	// Refusal is the error that the code returns for a step that it does not
	// allow in its present state; or one that wraps it.
	// A NotSent is a refusal, too.
	Refusal error
	// After is called behind each step that was tried, with what came of it, and
	// returns that, or what went wrong meanwhile. May be nil.
	After func(step string, err error) error
	// Closing releases what the code holds. May be nil.
	Closing func() error
}

var _ conformance.System = (*Steps)(nil)

// ErrNoStep is wrapped by the error of Do for a step that is not in the table.
var ErrNoStep = errors.New("no such step")

// Do implements conformance.System: a refusal is conformance.ErrRefused. It says
// which step was refused.
func (s *Steps) Do(step string, args map[string]trace.Value) error {
	take := s.Take[step]
	if take == nil {
		return fmt.Errorf("%w: %s; the table has %s", ErrNoStep, step, strings.Join(s.Names(), ", "))
	}
	r := trace.NewRecord(args)
	err := take(r)
	if s.After != nil {
		err = s.After(step, err)
	}
	switch {
	case r.Err() != nil:
		return fmt.Errorf("%s: %w", step, r.Err())
	case err != nil && (errors.Is(err, s.Refusal) || errors.Is(err, conformance.ErrRefused)):
		return fmt.Errorf("%s: %w: %w", step, conformance.ErrRefused, err)
	case err != nil:
		return fmt.Errorf("%s: %w", step, err)
	}
	return nil
}

// Close implements conformance.System.
func (s *Steps) Close() error {
	if s.Closing == nil {
		return nil
	}
	return s.Closing()
}

// Names returns the names of the steps, in ascending order.
func (s *Steps) Names() []string { return slices.Sorted(maps.Keys(s.Take)) }

// Complete returns an error that names each step of the spec that the table
// lacks, and each in the table that the spec does not have.
func (s *Steps) Complete(spec []string) error {
	var wrong []string
	for _, name := range spec {
		if s.Take[name] == nil {
			wrong = append(wrong, "missing "+name)
		}
	}
	for _, name := range s.Names() {
		if !slices.Contains(spec, name) {
			wrong = append(wrong, "superfluous "+name)
		}
	}
	if wrong == nil {
		return nil
	}
	return fmt.Errorf("the table of steps is not the spec's: %s", strings.Join(wrong, ", "))
}

// Driver is a Script that takes steps from a table.
type Driver struct {
	Script
	steps *Steps
}

// Drive returns a driver of the table.
func Drive(s *Steps) *Driver { return &Driver{steps: s} }

// Do takes a step. A refusal is a surprise.
func (d *Driver) Do(step string, args map[string]trace.Value) { d.note(d.steps.Do(step, args)) }

// Try takes a step that the code may refuse, and says whether it did take it.
func (d *Driver) Try(step string, args map[string]trace.Value) (taken bool) {
	err := d.steps.Do(step, args)
	d.note(Allow(err, conformance.ErrRefused))
	return err == nil
}

// TryEach tries a step with one choice of arguments after the other, until the code takes
// it. After a surprise it does nothing.
func (d *Driver) TryEach(step string, choices []map[string]trace.Value) {
	for _, args := range choices {
		if d.Err() != nil || d.Try(step, args) {
			return
		}
	}
}

// Often lists names in ascending order, each as many times as it says: for Pick.
func Often(times map[string]int) (all []string) {
	for _, name := range slices.Sorted(maps.Keys(times)) {
		all = append(all, slices.Repeat([]string{name}, times[name])...)
	}
	return all
}

// IsShown says whether a trace that shows this shows v.
func IsShown(shown trace.Value, v trace.Viewer) bool {
	have, err := trace.ValueOf(v)
	return err == nil && trace.Equal(have, shown)
}

// Find returns the first message that a trace shows like that.
func Find[M trace.Viewer](messages []M, shown trace.Value) (m M, ok bool) {
	for _, m := range messages {
		v, err := trace.ValueOf(m)
		if err != nil {
			panic(err) // the program's own mistake: no trace could hold the message
		}
		if trace.Equal(v, shown) {
			return m, true
		}
	}
	return m, false
}

// Sent is Find for a message that the code must have sent before: if it has not, an
// output of an earlier step was another one. The error is a NotSent.
func Sent[M trace.Viewer](messages []M, shown trace.Value) (M, error) {
	m, ok := Find(messages, shown)
	if ok {
		return m, nil
	}
	wrong := &NotSent{Want: shown}
	for _, other := range messages {
		v, _ := trace.ValueOf(other) // Find has asked for it
		differ := differing(shown, v)
		if wrong.Nearest == nil || len(differ) < len(wrong.Differ) {
			wrong.Nearest, wrong.Differ = v, differ
		}
	}
	return m, wrong
}

// NotSent is the error for a message that the spec has and the code did not send.
// It wraps conformance.ErrRefused: such a step cannot be taken.
type NotSent struct {
	Want    trace.Value
	Nearest map[string]trace.Value // what the code sent that is most like it; nil if it sent nothing
	Differ  []string               // the fields in which that is another
}

func (e *NotSent) Error() string { return e.WrongOutput() }

// Unwrap returns conformance.ErrRefused.
func (e *NotSent) Unwrap() error { return conformance.ErrRefused }

// WrongOutput says which output of the code is another one in the spec.
func (e *NotSent) WrongOutput() string {
	if e.Nearest == nil {
		return fmt.Sprintf("the code has sent no message, and the spec has %s", tla.Text(e.Want))
	}
	want, _ := e.Want.(map[string]trace.Value)
	var all []string
	for _, name := range e.Differ {
		all = append(all, fmt.Sprintf("%s = %s, the spec has %s", name, textOf(e.Nearest, name), textOf(want, name)))
	}
	return "the code has sent no such message; the nearest that it has sent differs: " + strings.Join(all, "; ")
}

func textOf(record map[string]trace.Value, name string) string {
	if v, ok := record[name]; ok {
		return tla.Text(v)
	}
	return "no such field"
}

// differing lists the fields in which a record differs from a value.
func differing(want trace.Value, have map[string]trace.Value) []string {
	record, _ := want.(map[string]trace.Value)
	all := maps.Clone(have)
	maps.Copy(all, record)
	return slices.DeleteFunc(slices.Sorted(maps.Keys(all)), func(name string) bool {
		a, inWant := record[name]
		b, inHave := have[name]
		return inWant && inHave && trace.Equal(a, b)
	})
}
