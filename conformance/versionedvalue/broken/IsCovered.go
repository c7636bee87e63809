//go:build ignore

// An entry goes if there is any newer one of its key, also above the compacted version.
//
// expect: refused at Remove (guard)

package versionedvalue

func (c *Core) IsCovered(e Entry) bool {
	newest, ok := c.floor(e.Key, c.last)
	return ok && e.Version <= c.compacted && newest.Version > e.Version
}
