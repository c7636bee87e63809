//go:build ignore

// What the last connection has carried is not sent again.
//
// expect: refused at Connect (state)

package requestpipeline

func (c *Core) MustResend() int { return c.todo }
