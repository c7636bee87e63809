//go:build ignore

// Gives up a transaction whose client is silent, promised or not.
//
// expect: refused at GiveUp (guard)
package twophasecommit

func (p *Participant) MayGiveUp(n uint64) bool { return p.at(n) == active || p.at(n) == prepared }
