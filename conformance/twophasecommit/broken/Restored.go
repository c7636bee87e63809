//go:build ignore

// Starts with the writes that were promised, and without the locks.
//
// expect: refused at Recover (state)
package twophasecommit

func (p *Participant) Restored(r *promise) []string { return nil }
