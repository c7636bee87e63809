//go:build ignore

// A process that starts again is the same as before.
//
// expect: refused at Start (state), Receive (guard)

package heartbeat

func NextIncarnation(lives uint64) uint64 { return max(lives, 1) }
