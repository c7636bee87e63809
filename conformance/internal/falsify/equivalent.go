package falsify

import (
	"path"

	"github.com/lockstep-tla/lockstep/trace"
)

// Equivalent names lies that may be accepted.
type Equivalent struct {
	Mutant string // as the report names it, such as "swap Sync, Append"; * stands for anything, and \[ for [
	Reason string
	// Where narrows it to lies told where it says so, of the step that the lie
	// is told about and the one behind it, as recorded; if nil, anywhere.
	Where func(step, next trace.Event) bool
	// InTrace narrows it further, by all the steps of the trace as recorded, and the
	// index of the one that the lie is told about; if nil, not.
	InTrace func(steps []trace.Event, at int) bool
}

func (e *Equivalent) covers(l *mutant) bool {
	match, err := path.Match(e.Mutant, l.name)
	return match && err == nil && (e.Where == nil || e.Where(l.step, l.next)) && (e.InTrace == nil || e.InTrace(l.recorded, l.line-1))
}
