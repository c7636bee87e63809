//go:build ignore

// An equal number is refused, which is the present leader's.
//
// expect: refused at Refuse (guard)

package generationclock

func IsStale(own, number uint64) bool { return number <= own }
