//go:build ignore

// Takes a late message for the beginning of a new transaction.
//
// expect: refused at Read (guard)
// expect: refused at Write (guard)
// expect: refused at Refuse (guard)
package twophasecommit

func (p *Participant) IsOpen(n uint64) bool { return true }
