package twophasecommit

import "github.com/lockstep-tla/lockstep/conformance"

// equivalentMutants are the mutants that make no difference.
var equivalentMutants = []conformance.EquivalentMutant{{
	ID:     "spec:leave-out:GiveUp:bf0b3aed",
	Reason: "only an active transaction is given up, and a participant that is down has none: see DownHasItsLog",
}, {
	ID:     "spec/CommitProtocol:leave-out:Crash:3bc9f66d",
	Reason: "a node that is down has nothing in memory: see DownHasItsLog",
}, {
	ID:     "spec/CommitProtocol:leave-out:Prepare:252a88b0",
	Reason: "only a participant that is up has work: see DownHasItsLog",
}, {
	ID:     "spec/CommitProtocol:leave-out:Commit:6d086277",
	Reason: "only a coordinator that is up collects votes: see DownHasItsLog",
}}
