package segmentedlog

import (
	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
)

// equivalents are the falsified traces that the spec rightly accepts and TLC does not
// prove equivalent.
var equivalents = []conformance.Equivalent{logs.SyncBeforeCrash, logs.SyncBeforeTruncateFrom, {
	Mutant: "drop AppendEntry before TruncateFrom",
	Reason: "the entry is truncated with others, and the file is cut: only a crash between the two can leave the entry",
}, {
	Mutant: "drop RollSync before DropOldest",
	Reason: "the new segment reached the disk, and the crash behind the removal ended the only process that knew of it",
}}

// equivalentMutants are the mutants of spec and code that make no difference.
var equivalentMutants = []conformance.EquivalentMutant{
	{ID: "spec:leave-out:OneLogNext:ebe1db15", Reason: "where no more is applied than acknowledged, length does not fall below it: MayTruncate keeps what is acknowledged"},
	{ID: "spec:shift-bound:OneLogNext:150fa7cd", Reason: "what is acknowledged is kept, so where as much is applied as acknowledged, length does not fall below it"},
	{ID: "code:swap-arguments:Core.Reader:c4e256dd", Reason: "of two numbers the greater is the same, whichever comes first"},
}
