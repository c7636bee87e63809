package toolbox

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
)

// Step takes one step of the code. An argument that is missing, or of another
// kind, is reported by Do; the function need not look.
type Step func(args *trace.Record) error

// Steps is a table from the names of a spec's steps to what takes them. It is a
// conformance.System.
type Steps struct {
	// Take has one entry for each step of the spec; see Complete.
	Take map[string]Step
	// Refusal is the error that the code returns for a step that it does not
	// allow in its present state; or one that wraps it.
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
	case err != nil && errors.Is(err, s.Refusal):
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
