//go:build ignore

// A candidate stands with the number that it has, with which it may have voted.
//
// expect: refused at Stand (state)

package generationclock

func Raised(own uint64) uint64 { return max(own, 1) }
