package gossipdissemination

import "github.com/lockstep-tla/lockstep/conformance"

// equivalentMutants are the mutants that make no difference. A node that is down knows
// nothing, which DownKnowsNothing checks: it is no owner, and no other one is suspect.
var equivalentMutants = []conformance.EquivalentMutant{{
	ID:     "spec:leave-out:DeclareDead:7f2db66e",
	Reason: "the other node is one that this one knows, and a node that is down knows none",
}, {
	ID:     "spec:leave-out:Refute:69d2c98a",
	Reason: "what a node that is down knows of itself is Unknown, whose status is alive, and only a suspicion is refuted",
}, {
	ID:     "code:swap-arguments:since:86c8c7d5",
	Reason: "the smaller of two numbers does not depend on their order",
}, {
	ID:     "code:swap-arguments:Options.item:336b3311",
	Reason: "the smaller of two numbers does not depend on their order",
}}
