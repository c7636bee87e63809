//go:build ignore

// The last put that arrives wins.
//
// expect: refused at Store (guard)

package majorityquorum

func (c *ReplicaCore) MayStore(cell Cell) bool { return cell != c.mem }
