//go:build ignore

// The read gets a new limit each time.
//
// expect: refused at Restart (state)

package readrestart

func LimitAfter(a Attempt) uint64 { return a.Limit + 1 }
