//go:build ignore

// A participant says yes before its promise is in its log, and before it has the locks.
//
// expect: refused at Vote (guard)

package twophasecommit

func (p *Participant) MayVote(n uint64) bool { return p.at(n) == active || p.at(n) == prepared }
