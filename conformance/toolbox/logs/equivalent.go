package logs

import (
	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/trace"
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

// LostUnread is an entry that says something else, and is gone before it is read.
var LostUnread = conformance.Equivalent{
	Mutant:  "falsify AppendEntry.args.value",
	Reason:  "a crash or a truncation took the entry before it was read, or applied",
	InTrace: isLostUnread,
}

func isLostUnread(steps []trace.Event, at int) bool {
	index := trace.NewRecord(steps[at].State).Uint("length")
	for _, e := range steps[at+1:] {
		args := trace.NewRecord(e.Args)
		switch e.Step {
		case "Read", "Apply":
			if args.Uint("index") == index {
				return false
			}
		case "Crash":
			if args.Uint("left") < index {
				return true
			}
		case "TruncateFrom":
			if args.Uint("index") <= index {
				return true
			}
		}
	}
	return false
}
