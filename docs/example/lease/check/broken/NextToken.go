//go:build ignore

// All leases have the same token.
//
// expect: refused at Grant (guard)

package lock

func (s *Server) NextToken() uint64 { return 1 }
