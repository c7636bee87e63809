//go:build ignore

// An equal number is adopted too: the node votes twice in one generation.
//
// expect: refused at Adopt (guard)

package generationclock

func IsNewer(own, number uint64) bool { return number >= own }
