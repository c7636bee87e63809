//go:build ignore

// Keeps writers from each other, and lets them write what others have read.
//
// expect: refused at Prepare (guard)
// expect: refused at Read (guard)
package twophasecommit

func Conflict(a, b Want) bool { return meet(a.Write, b.Write) }
