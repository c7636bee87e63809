package writeaheadlog

import "github.com/lockstep-tla/lockstep/conformance"

// equivalents are the falsified traces that the spec rightly accepts and TLC does not
// prove equivalent. They leave out a flush of which only the disk knows: no view can
// show what is durable, or which pages count as clean, before the process reads the
// file again.
var equivalents = []conformance.Equivalent{{
	Mutant: "drop Sync before Crash",
	Reason: "the flush reached the disk, and the crash ended the only process that knew of it: durable stays lower in the spec, and the disk's content is the same",
}, {
	Mutant: "drop Sync before TruncateFrom",
	Reason: "the flush made durable only what is truncated next: durable stays lower in the spec until the file is cut",
}, {
	Mutant: "drop SyncFails before Crash",
	Reason: "the flush failed and the crash ended the only process that knew of it: in the spec no page is marked clean and lost, and the disk's content is the same",
}}
