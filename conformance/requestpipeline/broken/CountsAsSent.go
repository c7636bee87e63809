//go:build ignore

// What the last connection has carried is not sent again.
//
// expect: refused at Connect (state)

package requestpipeline

func (c *Core) CountsAsSent() int { return c.sent }
