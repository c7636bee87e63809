//go:build ignore

// Carries an operation out each time that its message arrives.
//
// expect: refused at Write (guard)
// expect: refused at Read (guard)
package twophasecommit

func (p *Participant) IsNew(n, operation uint64) bool { return true }
