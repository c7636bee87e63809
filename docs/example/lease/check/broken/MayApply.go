//go:build ignore

// The store does not look at the token.
//
// expect: refused at Apply (guard)

package lock

func (s *Store) MayApply(m Message) bool { return true }
