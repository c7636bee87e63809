package writeaheadlog

import "github.com/lockstep-tla/lockstep/conformance"

// equivalents are the falsified traces that the spec rightly accepts and TLC does not
// prove equivalent.
var equivalents = []conformance.Equivalent{{
	Mutant: "drop Sync before Crash",
	Reason: "the flush reached the disk, and the crash took the only node that knew: durable stays lower in the spec, and the disk's content is the same",
}}
