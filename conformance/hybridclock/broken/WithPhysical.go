//go:build ignore

// The physical time is taken over, also where it has jumped back.
//
// expect: refused at Now (state), Receive (state), Now (guard), Receive (guard)

package hybridclock

func WithPhysical(s Stamp, reading uint64) Stamp {
	if reading != s.Wall() {
		return Pack(reading, 0)
	}
	return s
}
