//go:build ignore

// Stamps are wall time, because that is easier to read.
//
// expect: refused at Write (state)

package lamportclock

import "time"

func (c *Core) StampOf(heard uint64) uint64 { return uint64(time.Now().Unix()) }
