//go:build ignore

// Messages mention what a crash can take back.
//
// expect: refused at Ask (guard), Grant (guard), Beat (guard), Order (guard), Write (guard), Acknowledge (guard), Refuse (guard)

package generationclock

func (h *Holder) IsPersisted() bool { return true }
