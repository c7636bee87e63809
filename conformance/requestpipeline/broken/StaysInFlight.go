//go:build ignore

// A cancelled request frees its place.
//
// expect: refused at Cancel (state)

package requestpipeline

func (c *Core) StaysInFlight(*Call) bool { return false }
