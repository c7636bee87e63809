//go:build ignore

// Requests are read as fast as they come.
//
// expect: refused at ReceiveRequest (guard)
package singlesocketchannel

func (c *Core) MayRead() bool { return true }
