//go:build ignore

// A write replaces all that its replica has.
//
// expect: refused at Put (state)

package versionvector

func (c *Core) SeenByWriter(context Vector) Vector { return ContextOf(c.store) }
