package generationclock

// The rules that need nothing but numbers. The others are methods of Holder,
// Core and StoreCore.

// IsNewer says whether a number is to be adopted. An equal one is not: it belongs
// to an election in which the node has voted already.
func IsNewer(own, number uint64) bool { return number > own }

// IsStale says whether a message with this number is to be refused. An equal
// number is the present leader's.
func IsStale(own, number uint64) bool { return number < own }

// Raised is the number with which a node stands for election: one with which it
// has never voted.
func Raised(own uint64) uint64 { return own + 1 }

// HasQuorum says whether the voters are enough to elect a leader of the nodes. Any two
// majorities have a node in common.
func HasQuorum(voters, nodes int) bool { return 2*voters > nodes }

// StartsAt is the number with which a node begins again: the durable one. Its
// last entry may have a smaller one, since a vote writes no entry.
func StartsAt(kept Record) uint64 { return kept.Gen }

// FenceStartsAt is the number with which a store begins again: the fence
// outlives the process.
func FenceStartsAt(kept Record) uint64 { return kept.Gen }
