//go:build ignore

// A conditional write does not look at open writes of its key.
//
// expect: refused at Take (guard)

package versionedvalue

func (c *Core) MayWrite(ch Change) bool {
	return !ch.If.set || ch.If.version == c.CurrentVersion(ch.Key)
}
