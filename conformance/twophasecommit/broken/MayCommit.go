//go:build ignore

// Commits after the first yes.
//
// expect: refused at Commit (guard)
package twophasecommit

func (c *Coordinator) MayCommit(n uint64) bool {
	d := c.driven[n]
	return d != nil && len(d.votes) > 0
}
