package conformance

import (
	"github.com/lockstep-tla/lockstep/conformance/internal/report"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/trace"
)

// unchanged lists the fields of views that have the same value in all traces.
// Such a field checks nothing. A field that identifies the node has several
// values and is not listed.
func unchanged(traces []*trace.Trace) []string {
	first := map[string]string{}
	varies := map[string]bool{}
	for _, t := range traces {
		for _, e := range t.Events {
			for field, v := range e.State {
				now := tla.Text(v)
				if was, known := first[field]; known && was != now {
					varies[field] = true
				} else if !known {
					first[field] = now
				}
			}
		}
	}
	var list []string
	for _, field := range tla.SortedKeys(first) {
		if !varies[field] {
			list = append(list, field)
		}
	}
	return list
}

// checkViews reports the fields of the view that no step ever changes.
func (k *check) checkViews(accepted []*trace.Trace) {
	for _, field := range unchanged(accepted) {
		excused := false
		for _, a := range k.pattern.Divergences {
			excused = excused || a.Name == field
		}
		if !excused {
			k.problem(report.Rejected, "replay: no step of any trace changes the view's field %s", field)
		}
	}
}
