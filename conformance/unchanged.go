package conformance

import (
	"context"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance/internal/analysis"
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
func (k *check) checkViews(ctx context.Context, accepted []*trace.Trace) error {
	fields := slices.DeleteFunc(unchanged(accepted), func(field string) bool {
		return slices.ContainsFunc(k.pattern.Divergences, func(d Divergence) bool { return d.Name == field })
	})
	if len(fields) == 0 {
		return nil
	}
	initial, err := analysis.InitialViews(ctx, k.spec, k.Runner, accepted[0])
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for _, field := range fields {
		if err != nil {
			k.problem(report.Unknown, "replay: the view's field %s is the same after each step of each trace; whether a step changes it is unknown: %s", field, err)
		} else if now := accepted[0].Events[0].State[field]; !startsElse(initial, field, now) {
			k.problem(k.absent(), "replay: no step of any trace changes the view's field %s", field)
		}
	}
	return nil
}

// startsElse reports whether a node has another value of a field in every initial
// state: then its first step has changed it.
func startsElse(initial map[string][]trace.Value, field string, now trace.Value) bool {
	for _, views := range initial {
		same := slices.ContainsFunc(views, func(v trace.Value) bool {
			view, ok := v.(map[string]trace.Value)
			return !ok || tla.Equal(view[field], now)
		})
		if !same && len(views) > 0 {
			return true
		}
	}
	return false
}
