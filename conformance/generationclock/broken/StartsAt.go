//go:build ignore

// The number is read from the last entry, and a vote has written none.
//
// expect: refused at Restart (state)

package generationclock

func StartsAt(kept Record) uint64 { return kept.Entry.Gen }
