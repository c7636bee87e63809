//go:build ignore

// Does whatever it is asked for, as often as it is asked.
//
// expect: refused at Write (guard)
// expect: refused at Read (guard)
package twophasecommit

func (p *Participant) IsNew(n, operation uint64) bool { return true }
