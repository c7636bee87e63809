//go:build ignore

// A reader delivers what it has read, from any connection.
//
// expect: refused at ReceiveRequest (guard), ReceiveAgain (guard), ReceiveAnswer (guard), ReceiveHeartbeat (guard)
package singlesocketchannel

func (c *Core) IsCurrent(conn Connection) bool { return len(c.open) > 0 }
