//go:build ignore

// Any later request is taken for the next.
//
// expect: refused at Accept (guard)

package requestpipeline

func (c *ServerCore) IsNext(Connection, uint64) bool { return true }
