//go:build ignore

// A checksum is not looked at.
//
// expect: refused at Open (state)

package lowwatermark

func IsValid(s *snapshot, index uint64) bool { return !s.short && s.index == index }
