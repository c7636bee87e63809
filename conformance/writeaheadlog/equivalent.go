package writeaheadlog

import "github.com/lockstep-tla/lockstep/conformance"

// equivalents are the mutants of traces that the spec rightly accepts.
var equivalents = []conformance.Equivalent{{
	Mutant: "drop * before Crash",
	Reason: "what a process did last before it died may as well not have happened, where it is not on the disk: a crash leaves no process that could know",
}, {
	Mutant: "drop Apply before Close",
	Reason: "a process that ends as it should forgets its store like one that dies",
}, {
	Mutant: "drop Acknowledge before Close",
	Reason: "a client that waits when the log is closed may be told so instead",
}, {
	Mutant: "drop Sync before Sync*",
	Reason: "the next Sync covers what this one did, if nothing was built on it in between; one that fails is the log's end anyway",
}, {
	Mutant: "drop Sync before TruncateFrom",
	Reason: "what is truncated need not have been flushed, if nothing was built on it",
}}
