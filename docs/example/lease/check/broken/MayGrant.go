//go:build ignore

// The lock goes to each client that asks.
//
// expect: refused at Grant (guard)

package lock

func (s *Server) MayGrant() bool { return true }
