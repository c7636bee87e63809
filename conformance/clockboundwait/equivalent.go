package clockboundwait

import "github.com/lockstep-tla/lockstep/conformance"

// equivalentMutants are the mutants of spec and code that make no difference.
var equivalentMutants = []conformance.EquivalentMutant{
	{ID: "spec:leave-out:Read:f4dc972d", Reason: "an interval with the true time in it does not end before it begins"},
	{ID: "spec:leave-out:Abandon:5bcfd3cb", Reason: "only pending writes are tried"},
	{ID: "spec:leave-out:Serve:e719df7f", Reason: "only reads that were asked are tried"},
	{ID: "spec:equality:ServeOne:378116b5", Reason: "of two nodes it names the other one, and it is said of both"},
	{ID: "spec:shift-bound:Greater:3a02a3b1", Reason: "of two equal numbers either is the greater one"},
	{ID: "code:return-early:must:cbf955b0", Reason: unneeded},
	{ID: "code:leave-out:Core.Answer:81fa4b50", Reason: unneeded},
}

const unneeded = "it tells of a mistake in the core itself, which there is not"
