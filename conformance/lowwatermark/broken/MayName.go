//go:build ignore

// The file gets its name as soon as it was written.
//
// expect: refused at KeepSnapshot (guard)

package lowwatermark

func (c *Core) MayName() bool { return true }
