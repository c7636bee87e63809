//go:build ignore

// A reader gets its answer before what it was told is durable.
//
// expect: refused at Reply (guard)

package lamportclock

func (c *Core) MayAnswer(a Answer) bool { return true }
