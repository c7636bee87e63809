package explore

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/trace"
)

// driver drives one system and reads what it records.
type driver struct {
	system   System
	recorder *trace.Recorder
	events   []trace.Event // recorded and not yet compared
	last     *trace.Event  // the record of the last step; nil if there is none
	steps    int
}

func newDriver(system func(*trace.Recorder) (System, error)) (*driver, error) {
	d := &driver{}
	d.recorder = trace.Watch(func(e trace.Event) error {
		d.events = append(d.events, e)
		return nil
	})
	var err error
	if d.system, err = system(d.recorder); err != nil {
		return nil, fmt.Errorf("the code cannot be brought into its initial state: %w", err)
	}
	events, err := d.recorded()
	if err == nil && len(events) > 0 {
		err = fmt.Errorf("it recorded %s before any step was taken", events[0].Step)
	}
	if err != nil {
		_ = d.system.Close()
		return nil, fmt.Errorf("the code's initial state: %w", err)
	}
	return d, nil
}

func (d *driver) close() error { return d.system.Close() }

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
	d.steps++
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

// do takes a step and turns a panic into an error. Code with a broken rule may
// panic, and that must not end the exploration.
func (d *driver) do(l label) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return d.system.Do(l.step, maps.Clone(l.args))
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
