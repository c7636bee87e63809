//go:build ignore

// Lets everybody wait for everybody.
//
// expect: refused at Wait (guard)
package twophasecommit

func (p *Participant) MayWaitFor(n, u uint64, committing bool) bool { return p.config.Policy != NoWait }
