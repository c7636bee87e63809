package segmentedlog

import "github.com/lockstep-tla/lockstep/conformance"

// equivalents are the falsified traces that the spec rightly accepts and TLC does not
// prove equivalent.
// No view can show what is durable before the process reads the files again.
var equivalents = []conformance.Equivalent{{
	Mutant: "drop Sync before Crash",
	Reason: "the flush reached the disk, and the crash ended the only process that knew of it: durable stays lower in the spec, and the disk's content is the same",
}, {
	Mutant: "drop Sync before TruncateFrom",
	Reason: "the flush made durable only what is truncated next: durable stays lower in the spec until the file is cut",
}, {
	Mutant: "drop AppendEntry before TruncateFrom",
	Reason: "the entry is truncated with others, and the file is cut: only a crash between the two can leave the entry",
}, {
	Mutant: "drop RollSync before DropOldest",
	Reason: "the new segment reached the disk, and the crash behind the removal ended the only process that knew of it",
}}

// equivalentMutants are the mutants of spec and code that make no difference.
var equivalentMutants = []conformance.EquivalentMutant{
	{ID: "spec:leave-out:OneLogNext:ebe1db15", Reason: "where no more is applied than acknowledged, length does not fall below it: MayTruncate keeps what is acknowledged"},
	{ID: "code:swap-arguments:Core.Reader:c4e256dd", Reason: "of two numbers the greater is the same, whichever comes first"},
}
