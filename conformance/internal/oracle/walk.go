package oracle

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance/internal/explore"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/trace"
)

// longest is how many steps a random walk has at most.
const longest = 12

// walker makes traces out of a graph.
type walker struct {
	*explore.Paths
	spec   string
	random *rand.Rand
	all    []trace.Event // each transition as a step of a trace
}

// event is a transition as a step of a trace; false if a trace cannot have it.
func event(x explore.Transition) (trace.Event, bool) {
	args, ok := logged(trace.Value(x.Args))
	state, too := logged(x.View)
	one, isRecord := args.(map[string]trace.Value)
	other, isToo := state.(map[string]trace.Value)
	if list, empty := state.([]trace.Value); empty && len(list) == 0 {
		other, isToo = map[string]trace.Value{}, true
	}
	return trace.Event{Step: x.Step, Args: one, State: other, Line: 2}, ok && too && isRecord && isToo
}

// logged is a value of TLC as a trace has it; false if it has no such values.
func logged(v trace.Value) (trace.Value, bool) {
	switch v := v.(type) {
	case int, bool, string:
		return v, true
	case []trace.Value:
		out := make([]trace.Value, len(v))
		for i := range v {
			var ok bool
			if out[i], ok = logged(v[i]); !ok {
				return nil, false
			}
		}
		return out, true
	case map[string]trace.Value:
		out := map[string]trace.Value{}
		for k := range v {
			var ok bool
			if out[k], ok = logged(v[k]); !ok {
				return nil, false
			}
		}
		return out, true
	}
	return nil, false
}

// walk takes a random path, of at least one step.
func (w *walker) walk(number int) *trace.Trace {
	t := &trace.Trace{Name: fmt.Sprintf("walk %d", number+1), Header: trace.Header{Spec: w.spec}}
	for len(t.Events) == 0 {
		at := w.Init[w.random.IntN(len(w.Init))]
		for range 1 + w.random.IntN(longest) {
			if len(w.Out[at]) == 0 || !w.Within[at] {
				break
			}
			x := w.Out[at][w.random.IntN(len(w.Out[at]))]
			e, ok := event(x)
			if !ok {
				break
			}
			t.Events, at = append(t.Events, e), x.To
		}
	}
	return t
}

// falsify changes a trace in one place.
func (w *walker) falsify(t *trace.Trace) {
	i := w.random.IntN(len(t.Events))
	any := w.all[w.random.IntN(len(w.all))]
	switch e := &t.Events[i]; w.random.IntN(7) {
	case 0:
		*e = any
	case 1:
		e.State = any.State
	case 2:
		e.Args = w.alike(*e).Args
	case 3:
		e.State = w.changed(trace.Value(e.State)).(map[string]trace.Value)
	case 4:
		e.Args = w.changed(trace.Value(e.Args)).(map[string]trace.Value)
	case 5:
		t.Events = slices.Insert(t.Events, i, *e)
	case 6:
		if i+1 < len(t.Events) {
			t.Events[i], t.Events[i+1] = t.Events[i+1], t.Events[i]
		} else if len(t.Events) > 1 {
			t.Events = slices.Delete(t.Events, i-1, i)
		}
	}
}

// alike is a step of the same name.
func (w *walker) alike(e trace.Event) trace.Event {
	for range 50 {
		if other := w.all[w.random.IntN(len(w.all))]; other.Step == e.Step {
			return other
		}
	}
	return e
}

// otherKind is how rarely a falsified value is of another kind: TLC ends its run at
// such a value, and Replay begins another one without it.
const otherKind = 40

// changed is a value that differs in one place, in a number, a word or its kind.
func (w *walker) changed(v trace.Value) trace.Value {
	odd := w.random.IntN(otherKind) == 0
	switch v := v.(type) {
	case int:
		if odd {
			return fmt.Sprint(v)
		}
		return []trace.Value{v + 1, v - 1, -v - 1}[w.random.IntN(3)]
	case string:
		if odd {
			return len(v)
		}
		return v + "x"
	case bool:
		return !v
	case []trace.Value:
		if len(v) == 0 {
			return []trace.Value{0}
		}
		out := slices.Clone(v)
		i := w.random.IntN(len(out))
		if w.random.IntN(4) == 0 {
			return slices.Delete(out, i, i+1)
		}
		out[i] = w.changed(out[i])
		return out
	case map[string]trace.Value:
		if len(v) == 0 {
			return map[string]trace.Value{"more": 1}
		}
		out := maps.Clone(v)
		names := tla.SortedKeys(out)
		name := names[w.random.IntN(len(names))]
		out[name] = w.changed(out[name])
		return out
	}
	return tlc.Model("none")
}
