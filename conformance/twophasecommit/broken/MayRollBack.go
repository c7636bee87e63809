//go:build ignore

// Takes a lost answer for an abort, and rolls back.
//
// expect: refused at RollBack (guard)
package twophasecommit

func (s *Session) MayRollBack() bool { return s.Outcome() == "" }
