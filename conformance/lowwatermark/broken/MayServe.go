//go:build ignore

// The first request need not wait for the log.
//
// expect: refused at Serve (guard)

package lowwatermark

func (c *Core) MayServe() bool { return true }
