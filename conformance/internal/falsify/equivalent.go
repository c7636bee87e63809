package falsify

import (
	"path"

	"github.com/lockstep-tla/lockstep/trace"
)

// Equivalent names mutants that the spec may accept, because they are
// behaviours of the spec as well.
type Equivalent struct {
	Mutant string // a pattern of path.Match for the mutant's name, such as "swap Sync, Append"; \[ stands for [
	Reason string
	// Where, if set, restricts the entry to certain places. It gets the step at
	// which the trace was changed and the next one, as recorded.
	Where func(step, next trace.Event) bool
	// InTrace, if set, restricts the entry further. It gets all steps of the
	// trace as recorded, and the index of the changed one.
	InTrace func(steps []trace.Event, at int) bool
}

func (e *Equivalent) covers(m *mutant) bool {
	match, err := path.Match(e.Mutant, m.name)
	return match && err == nil && (e.Where == nil || e.Where(m.step, m.next)) && (e.InTrace == nil || e.InTrace(m.recorded, m.line-1))
}
