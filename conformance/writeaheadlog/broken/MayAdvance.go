//go:build ignore

// A flush that failed counts like any other.
//
// expect: refused at Crash (guard)

package writeaheadlog

func (c *Core) MayAdvance(returned error) bool { return true }
