//go:build ignore

// The read starts again as it was.
//
// expect: refused at Restart (state)

package readrestart

func StampAfter(a Attempt, _ uint64) uint64 { return a.Stamp }
