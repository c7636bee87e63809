//go:build ignore

// A replica keeps its name.
//
// expect: refused at Restart (guard)

package versionvector

func (c *Core) IsNewName(incarnation uint64) bool { return incarnation >= c.Incarnation() }
