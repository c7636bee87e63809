//go:build ignore

// An advance completes the calls for just its index.
//
// expect: refused at Advance (state)

package requestwaitinglist

func IsCompleted(index, high uint64) bool { return index == high }
