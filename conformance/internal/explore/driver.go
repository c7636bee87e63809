package explore

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/trace"
)

// driver drives one system and reads what it records.
type driver struct {
	system   System
	recorder *trace.Recorder
	calls    *calls
	events   []trace.Event // recorded and not yet compared
	last     *trace.Event  // the record of the last step; nil if there is none
	way      []*edge       // the transitions that the code has taken as the spec does
}

// maxEvents is how many steps one call into the code may record, of which one is right.
// Code that records in an endless loop must not fill the memory.
const maxEvents = 100

func newDriver(calls *calls, system func(*trace.Recorder) (System, error)) (*driver, error) {
	d := &driver{calls: calls}
	d.recorder = trace.Watch(func(e trace.Event) error {
		if len(d.events) == maxEvents {
			return fmt.Errorf("one call has recorded %d steps", maxEvents)
		}
		d.events = append(d.events, e)
		return nil
	})
	err := calls.do("the function that makes a System", func() (err error) {
		d.system, err = system(d.recorder)
		return err
	})
	if err == nil {
		err = notNil(d.system)
	}
	if err != nil {
		return nil, codeError{fmt.Errorf("the code cannot be brought into its initial state: %w", err)}
	}
	events, err := d.recorded()
	if err == nil && len(events) > 0 {
		err = fmt.Errorf("it recorded %s before any step was taken", events[0].Step)
	}
	if err != nil {
		return nil, codeError{errors.Join(fmt.Errorf("the code's initial state: %w", err), d.close())}
	}
	return d, nil
}

// notNil refuses what has no methods that could be called.
func notNil(s System) error {
	if s == nil {
		return errors.New("System has returned nil without an error; expected is the code, or why there is none")
	}
	if v := reflect.ValueOf(s); v.Kind() == reflect.Pointer && v.IsNil() {
		return fmt.Errorf("System has returned a nil %T without an error; expected is the code, or why there is none", s)
	}
	return nil
}

// close closes the system. A step that it records then is an error: nothing compares it.
func (d *driver) close() error {
	before := d.recorder.Err()
	if err := d.calls.do("Close", d.system.Close); err != nil {
		return fmt.Errorf("its Close fails: %w", err)
	}
	events, err := d.recorded()
	switch {
	case err != nil && before == nil:
		return fmt.Errorf("what its Close records is refused: %w", err)
	case len(events) > 0:
		return fmt.Errorf("its Close records %s, which nothing compares", eventNames(events))
	}
	return nil
}

// recorded returns the steps recorded since the last call.
func (d *driver) recorded() ([]trace.Event, error) {
	events := d.events
	d.events, d.last = nil, nil
	if len(events) > 0 {
		d.last = &events[len(events)-1]
	}
	return events, d.recorder.Err()
}

// take lets the system take a step that the spec allows. It returns the
// difference from the spec, or "".
func (d *driver) take(l label, view trace.Value) (report.Reason, string) {
	err := d.do(l)
	events, recorded := d.recorded()
	switch {
	case errors.Is(err, ErrRefused):
		return report.Guard, "the spec allows it, the code refuses it" + wrongOutput(err)
	case err != nil:
		return report.Error, "the spec allows it, the code fails: " + err.Error()
	case recorded != nil:
		return report.Error, "the record of it is refused: " + recorded.Error()
	case len(events) != 1:
		return report.Error, fmt.Sprintf("it must be recorded exactly once; recorded: %s", eventNames(events))
	case events[0].Step != l.step || !tla.Equal(events[0].Args, l.args):
		text, _ := LabelText(events[0].Step, events[0].Args)
		return report.Error, "the code recorded another step: " + text
	case !tla.Equal(events[0].State, view):
		return report.State, tla.Differences([]trace.Value{view}, events[0].State)
	}
	return "", ""
}

// wrongOutput says which output of the code is not what the spec has, if that is
// why the system could not take a step: a method WrongOutput of its error says so.
func wrongOutput(err error) string {
	var output interface{ WrongOutput() string }
	if !errors.As(err, &output) {
		return ""
	}
	return ": " + output.WrongOutput()
}

// refuses lets the system try a step that the spec does not allow. It returns
// what the code did instead of refusing the step, or "".
func (d *driver) refuses(l label) string {
	err := d.do(l)
	events, recorded := d.recorded()
	switch {
	case err == nil:
		return "the spec does not allow it here, the code takes it"
	case !errors.Is(err, ErrRefused):
		return "the spec does not allow it here; the code fails instead of refusing: " + err.Error()
	case recorded != nil || len(events) > 0:
		return "the code refuses it, yet records " + eventNames(events)
	}
	return ""
}

// do lets the system try a step.
func (d *driver) do(l label) error {
	return d.calls.do(l.text, func() error { return d.system.Do(l.step, maps.Clone(l.args)) })
}

func eventNames(events []trace.Event) string {
	if len(events) == 0 {
		return "nothing"
	}
	var names []string
	for _, e := range events {
		names = append(names, e.Step)
	}
	return strings.Join(names, ", ")
}
