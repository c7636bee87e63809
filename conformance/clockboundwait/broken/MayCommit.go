//go:build ignore

// There is no commit wait.
//
// expect: refused at Commit (guard)

package clockboundwait

func (c *Core) MayCommit(version uint64) bool { return true }
