//go:build ignore

// Tells the decision as soon as all have voted yes, and logs it afterwards.
//
// expect: refused at Tell (guard)
package twophasecommit

func (c *Coordinator) MayTell(n uint64) bool {
	return c.decided(n) || c.undecided(n) && c.all[n].Stage == preparing && c.MayCommit(n)
}
