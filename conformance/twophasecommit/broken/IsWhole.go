//go:build ignore

// Promises the part of a transaction that came after a crash.
//
// expect: refused at Prepare (guard)
package twophasecommit

func (p *Participant) IsWhole(m Message) bool { return true }
