//go:build ignore

// The counter is put into the low bits of the milliseconds, not behind them.
//
// expect: refused at Now (state), Receive (state), Restart (state), Now (guard), Receive (guard)

package hybridclock

func Pack(wall, counter uint64) Stamp { return Stamp(wall>>counterBits<<counterBits | counter) }
