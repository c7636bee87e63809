package writeaheadlog

import (
	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox/logs"
)

// equivalents are the falsified traces that the spec rightly accepts and TLC does not
// prove equivalent: no view can show which pages count as clean, either.
var equivalents = []conformance.Equivalent{logs.SyncBeforeTruncateFrom, {
	Mutant: "drop SyncFails before Crash",
	Reason: "the flush failed and the crash ended the only process that knew of it: in the spec no page is marked clean and lost, and the disk's content is the same",
}}

// equivalentMutants are the mutants of spec and code that make no difference.
var equivalentMutants = []conformance.EquivalentMutant{
	{ID: "spec:shift-bound:Min:c8e0752f", Reason: "of two equal numbers either is the smaller one"},
	{ID: "spec:shift-bound:Max:855c99dc", Reason: "of two equal numbers either is the larger one"},
	{ID: "spec:leave-out:Again:a4b0c08e", Reason: "what a record says was flushed is durable, and only the rest can be lost"},
	{ID: "spec:shift-bound:MustRewrite:90bad1c6", Reason: "what a record says was flushed is durable, and only the rest can be lost"},
	{ID: "spec:leave-out:Again:5ad94497", Reason: "nothing is lost while the log is up (NothingLostWhenUp), and a flush that fails has written nothing again"},
	{ID: "spec:leave-out:DurableAfter:d13758b9", Reason: "where anything is lost, durable stays as it is, wherever the first lost record is"},
	{ID: "spec:shift-bound:DurableAfter:20e78dd0", Reason: "where anything is lost, durable stays as it is, wherever the first lost record is"},
	{ID: "spec:leave-out:Refuse:7adb3701", Reason: "a record behind the first bad one says that this was flushed, so the file is longer than the log"},
	{ID: "spec:leave-out:TakeIntoStore:67965482", Reason: "Replay takes what is in the file, which is as long as the log, and MayApply says the same for Apply"},
	{ID: "spec:leave-out:Acknowledge:81f166d1", Reason: "MayAcknowledge demands that the entry is applied"},
	{ID: "spec:leave-out:TruncateFrom:37f8867f", Reason: "the index is one of the file's, and the file is as long as the log"},
	{ID: "spec:leave-out:Crash:95042253", Reason: "where nothing is to be cut the file is as long as the log, and may stay so"},
	{ID: "spec:drop-one:Corrupt:1e7afea0", Reason: "no record says that it was flushed itself (TypeOK)"},
	{ID: "spec:drop-one:WasFlushed:bd3badaf", Reason: "no record says that it was flushed itself (TypeOK)"},
	{ID: "spec:leave-out:WasFlushed:57523cbe", Reason: "damage leaves a whole record behind it that knows of the flush: Corrupt demands one"},
	{ID: "spec:leave-out:Corrupt:3de17459", Reason: "a record that is durable and not whole has rotted, and whatever knew of its flush knows of the earlier ones"},
	{ID: "code:negate:reader.next:264e0885", Reason: "each caller looks at the error before it looks at anything else"},
	{ID: "code:leave-out:Core.Open:905ef568", Reason: "a log that has failed is never down again: its Core cannot be opened a second time"},
}
