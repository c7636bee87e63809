//go:build ignore

// Only writers exclude each other; a key that others have read can be written.
//
// expect: refused at Prepare (guard)
// expect: refused at Read (guard)
package twophasecommit

func Conflict(a, b Want) bool { return meet(a.Write, b.Write) }
