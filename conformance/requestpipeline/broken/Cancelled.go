//go:build ignore

// A cancelled request frees its place.
//
// expect: refused at Cancel (state)

package requestpipeline

func (c *Core) Cancelled(*Call) []*Call { return nil }
