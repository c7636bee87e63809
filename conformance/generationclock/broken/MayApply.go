//go:build ignore

// The store applies what it is sent: the leader has checked that it leads.
//
// expect: refused at Apply (guard)

package generationclock

func (c *StoreCore) MayApply(m *Message) bool { return true }
