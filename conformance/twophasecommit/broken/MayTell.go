//go:build ignore

// Tells everybody as soon as all have voted yes, and writes the decision down afterwards.
//
// expect: refused at Tell (guard)
package twophasecommit

func (c *Coordinator) MayTell(n uint64) bool {
	return c.decided(n) || c.undecided(n) && c.all[n].stage == preparing && c.MayCommit(n)
}
