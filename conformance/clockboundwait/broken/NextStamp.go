//go:build ignore

// Where the clock stands still or goes back, a read's stamp does so, too. A write's is only as
// new as the versions demand.
//
// expect: refused at Ask (state), Begin (state)

package clockboundwait

func NextStamp(before, reading uint64) uint64 { return max(before, reading) }
