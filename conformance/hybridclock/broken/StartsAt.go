//go:build ignore

// The process begins with the millisecond that is reserved.
//
// expect: refused at Restart (state)

package hybridclock

func StartsAt(kept uint64) Stamp { return Pack(kept, 0) }
