//go:build ignore

// Lets each transaction wait for each other one.
//
// expect: refused at Wait (guard)
package twophasecommit

func (p *Participant) MayWaitFor(n, u uint64, committing bool) bool { return p.config.Policy != NoWait }
