//go:build ignore

// Whatever comes is taken, also from an earlier process or connection.
//
// expect: refused at Accept (guard), Repeat (guard)

package requestpipeline

func (c *ServerCore) MayServe(Connection) bool { return true }
