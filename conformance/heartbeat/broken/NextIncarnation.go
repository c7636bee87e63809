//go:build ignore

// A process that starts again is the same as before.
//
// expect: refused at Start (state), Receive (guard)

package heartbeat

func NextIncarnation(incarnations uint64) uint64 { return max(incarnations, 1) }
