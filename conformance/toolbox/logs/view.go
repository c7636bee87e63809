package logs

import (
	"maps"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/impl/environment/disk"
	"github.com/lockstep-tla/lockstep/trace"
)

// Reaches is for Harness.Told: a field of the view is as high as the log's length.
func Reaches(field string) func(state *trace.Record) bool {
	return func(state *trace.Record) bool { return state.Uint(field) == state.Uint("length") }
}

// View is a recorded view, of which fields may be changed: for a step that has happened
// and that its process did not come to record.
type View map[string]trace.Value

// Left records the end of a process with what it has left in the folder. Last is the view
// after its last step.
type Left func(rec *trace.Recorder, last View, fs disk.FS, folder string) error

// record records the end of the process whose trace is in the named file, unless it has not
// begun, or has ended by itself.
func (l Left) record(rec *trace.Recorder, path string, fs disk.FS, folder string) error {
	step, err := toolbox.LastStep(path)
	if err != nil || step == nil || step.State["mode"] == "down" {
		return err
	}
	return l(rec, maps.Clone(step.State), fs, folder)
}

// View implements trace.Viewer.
func (v View) View(o *trace.Object) {
	for _, name := range slices.Sorted(maps.Keys(v)) {
		o.Value(name, v[name])
	}
}
