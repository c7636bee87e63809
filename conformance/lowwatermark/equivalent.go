package lowwatermark

import (
	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
)

// equivalents are the falsified traces that the spec rightly accepts and TLC does not
// prove equivalent.
var equivalents = []conformance.Equivalent{logs.SyncBeforeCrash}

// equivalentMutants are the mutants of spec and code that make no difference.
var equivalentMutants = []conformance.EquivalentMutant{
	{ID: "spec:leave-out:Release:b9fa94da", Reason: "only a log that is up has holders: a crash ends them"},
	{ID: "spec:drop-member:Apply:316d74e3", Reason: "at work the next entry lies behind all that is promised: MayServe lets recovery apply all"},
	{ID: "spec:equality:Whole:4be83427", Reason: "it counts while the log is down, and the step that leads there is taken in another mode"},
}
