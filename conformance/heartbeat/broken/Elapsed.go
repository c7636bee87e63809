//go:build ignore

// What has passed is in nanoseconds, and is held against milliseconds.
//
// expect: refused at Forgive (guard)

package heartbeat

func Elapsed(from, to Reading) int64 { return int64(to-from) * 1e6 }
