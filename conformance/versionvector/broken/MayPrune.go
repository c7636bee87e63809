//go:build ignore

// An actor is pruned when none of its values is left here. Another replica may have more of it.
//
// expect: refused at Prune (guard)

package versionvector

func (c *Core) MayPrune() bool { return true }
