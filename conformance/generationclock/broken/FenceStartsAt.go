//go:build ignore

// The fence is in memory only, so a restart lifts it.
//
// expect: refused at Restart (state)

package generationclock

func FenceStartsAt(kept Record) uint64 { return 0 }
