//go:build ignore

// Starts with the promised writes, and without the read locks.
//
// expect: refused at Recover (state)
package twophasecommit

func (p *Participant) Restored(r *promise) []string { return nil }
