//go:build ignore

// An answer is forgotten when the next request comes.
//
// expect: refused at ReceiveRequest (state), ReceiveAgain (state)
package singlesocketchannel

func (c *Core) MayForget(number, oldest uint64) bool { return true }
