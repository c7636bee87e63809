//go:build ignore

// Each request is processed, as often as it comes.
//
// expect: refused at Accept (guard)

package requestpipeline

func (c *ServerCore) IsRepeated(Connection, uint64) bool { return false }
