//go:build ignore

// A check judges, however late it comes.
//
// expect: refused at Check (guard)

package heartbeat

func (c *Core) MayJudge(at Reading) bool { return true }
