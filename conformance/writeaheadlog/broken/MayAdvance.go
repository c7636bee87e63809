//go:build ignore

// A flush that failed counts like any other, also that of a file whose end was cut.
//
// expect: refused at Crash (guard), Corrupt (state)

package writeaheadlog

func (c *Core) MayAdvance(returned error) bool { return true }
