//go:build ignore

// The refusal says which number was refused, and not by which.
//
// expect: refused at Refuse (guard)

package generationclock

func (h *Holder) RefusalNumber(m *Message) uint64 { return m.Gen }
