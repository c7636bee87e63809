//go:build ignore

// The reader of an old connection goes on.
//
// expect: refused at Receive (guard), ProtocolError (guard)

package requestpipeline

func (c *Core) IsCurrent(Connection) bool { return c.status == isOpen }
