//go:build ignore

// The clock is moved forward, and then not beyond the stamp that came with the request.
//
// expect: refused at Write (state)

package lamportclock

func NextStamp(own, seen uint64) uint64 { return max(own+1, seen) }
