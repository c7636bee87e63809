//go:build ignore

// Wounds each younger transaction, also one that has promised.
//
// expect: refused at Wound (guard)
package twophasecommit

func (p *Participant) MayWound(n, u uint64) bool {
	return p.config.Policy == WoundWait && p.ref(n).Older(p.ref(u)) && p.at(u) != refused
}
