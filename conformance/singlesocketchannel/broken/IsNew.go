//go:build ignore

// A request that comes again is handled again.
//
// expect: refused at ReceiveRequest (guard)
package singlesocketchannel

func (c *Core) IsNew(number uint64) bool { return true }
