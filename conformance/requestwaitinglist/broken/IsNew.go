//go:build ignore

// The incarnation was not stored, and the next process has the same one.
//
// expect: refused at Restart (guard)

package requestwaitinglist

func IsNew(own, number uint64) bool { return number >= own }
