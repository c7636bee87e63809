//go:build ignore

// A writer may take a version that was not used, as its source says.
//
// expect: refused at Take (guard)

package versionedvalue

func (c *Core) IsNewer(v uint64) bool {
	_, taken := c.find(v)
	return !taken
}
