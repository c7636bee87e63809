//go:build ignore

// Recovery takes what it could read for durable, though it may be in a cache only.
//
// expect: refused at Serve (guard)

package writeaheadlog

func (c *Core) MayServe() bool { return true }
