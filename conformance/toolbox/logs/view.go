package logs

import (
	"maps"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	"github.com/lockstep-tla/lockstep/trace"
)

// View is a recorded view, of which fields may be changed: for a step that has happened
// and that its process did not come to record.
type View map[string]trace.Value

// Last returns the view after the last step in a trace. It is nil if the process has not
// begun, or has ended by itself: then no crash need be recorded.
func Last(path string) (View, error) {
	step, err := toolbox.LastStep(path)
	if err != nil || step == nil || step.State["mode"] == "down" {
		return nil, err
	}
	return maps.Clone(step.State), nil
}

// View implements trace.Viewer.
func (v View) View(o *trace.Object) {
	for _, name := range slices.Sorted(maps.Keys(v)) {
		o.Value(name, v[name])
	}
}
