//go:build ignore

// A call that expires is removed, and its client is not told.
//
// expect: refused at Sweep (state)

package requestwaitinglist

func MustTell(o Outcome) bool { return o != Expired }
