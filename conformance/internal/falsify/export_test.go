package falsify

import "github.com/lockstep-tla/lockstep/trace"

// Names returns the names of the mutants of traces.
func Names(traces ...*trace.Trace) []string {
	var names []string
	for _, m := range invent(traces) {
		names = append(names, m.name)
	}
	return names
}
