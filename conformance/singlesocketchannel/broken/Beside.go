//go:build ignore

// The connection that was open stays open beside the new one.
//
// expect: refused at Accept (state)
package singlesocketchannel

func (c *Core) Beside() []Connection {
	return c.open[max(0, len(c.open)-1):]
}
