package lowwatermark

import "github.com/lockstep-tla/lockstep/conformance"

// equivalents are the falsified traces that the spec rightly accepts and TLC does not
// prove equivalent.
// No view can show what is durable before the process reads the files again.
var equivalents = []conformance.Equivalent{{
	Mutant: "drop Sync before Crash",
	Reason: "the flush reached the disk, and the crash ended the only process that knew of it: durable stays lower in the spec, and the disk's content is the same",
}}

// equivalentMutants are the mutants of spec and code that make no difference.
var equivalentMutants = []conformance.EquivalentMutant{
	{ID: "spec:leave-out:Release:b9fa94da", Reason: "only a log that is up has holders: a crash ends them"},
	{ID: "spec:drop-member:Apply:316d74e3", Reason: "at work the next entry lies behind all that is promised: MayServe lets recovery apply all"},
}
