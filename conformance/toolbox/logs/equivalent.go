package logs

import (
	"github.com/lockstep-tla/lockstep/conformance"
)

// What falsified traces of every log rightly leave out: no view can show what is durable
// before a process reads the files again.
var (
	SyncBeforeCrash = conformance.Equivalent{
		Mutant: "drop Sync before Crash",
		Reason: "the flush reached the disk, and the crash ended the only process that knew of it: " +
			"durable stays lower in the spec, and the disk's content is the same",
	}
	SyncBeforeTruncateFrom = conformance.Equivalent{
		Mutant: "drop Sync before TruncateFrom",
		Reason: "the flush made durable only what is truncated next: " +
			"durable stays lower in the spec until the file is cut",
	}
)
