//go:build ignore

// Promises what is left of a transaction after a crash.
//
// expect: refused at Prepare (guard)
package twophasecommit

func (p *Participant) IsWhole(m Message) bool { return true }
