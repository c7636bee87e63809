//go:build ignore

// Votes yes before the promise is in the log and its keys are locked.
//
// expect: refused at Vote (guard)
package twophasecommit

func (p *Participant) MayVote(n uint64) bool { return p.at(n) == active || p.at(n) == prepared }
