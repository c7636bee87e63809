package twophasecommit

import "github.com/lockstep-tla/lockstep/conformance"

// equivalentMutants are the mutants that make no difference.
var equivalentMutants = []conformance.EquivalentMutant{{
	ID:     "code:leave-out:State.Snapshot:0e1ee97d",
	Reason: "what a snapshot has are numbers and texts, which can always be encoded",
}, {
	ID:     "code:swap-arguments:Client.Transact:697cfe97",
	Reason: "of two times the lesser is the same, whichever comes first",
}, {
	ID:     "code:swap-arguments:Tx.fits:d0a4aff6",
	Reason: "the weight of a write is a sum of its key's and its value's length",
}, {
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
