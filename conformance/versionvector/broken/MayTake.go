//go:build ignore

// A replica takes all that comes, also what an actor wrote before a crash that the replica
// knows of, and which the sender did not know.
//
// expect: refused at Put (guard), Merge (guard)

package versionvector

func (c *Core) MayTake(Vector, Vector) bool { return true }
