//go:build ignore

// A reader puts nothing.
//
// expect: refused at Return (guard)

package majorityquorum

func (c *Core) WritesBack() bool { return false }
