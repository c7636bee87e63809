//go:build ignore

// Time is read from the wall clock, which can be set.
//
// expect: refused at Send (guard), Receive (guard), Check (guard), Forgive (guard), Start (guard)

package heartbeat

func (n *Node) Reading() Reading { return Reading(n.clock.Wall().UnixMilli()) }
