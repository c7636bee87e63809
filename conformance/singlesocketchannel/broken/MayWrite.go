//go:build ignore

// A frame is begun while another one is being written.
//
// expect: refused at SendRequest (guard), SendAnswer (guard), SendHeartbeat (guard)
package singlesocketchannel

func (c *Core) MayWrite() bool { return true }
