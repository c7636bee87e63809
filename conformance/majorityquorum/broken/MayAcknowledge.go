//go:build ignore

// The replica says yes before the flush.
//
// expect: refused at Acknowledge (guard)

package majorityquorum

func (c *ReplicaCore) MayAcknowledge(cell Cell) bool { return !IsNewer(cell.Version, c.mem.Version) }
