//go:build ignore

// The limit itself is left out.
//
// expect: refused at Restart (state), Serve (guard)

package readrestart

func IsUncertain(a Attempt, version uint64) bool { return a.Stamp < version && version < a.Limit }
