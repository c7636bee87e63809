//go:build ignore

// Gives up what it hears nothing of, promised or not.
//
// expect: refused at GiveUp (guard)
package twophasecommit

func (p *Participant) MayGiveUp(n uint64) bool { return p.at(n) == active || p.at(n) == prepared }
