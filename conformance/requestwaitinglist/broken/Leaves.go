//go:build ignore

// A call that has ended stays in the list, and ends again.
//
// expect: refused at Receive (state), Advance (state), Sweep (state), StepDown (state), SendFails (state)

package requestwaitinglist

func Leaves(Outcome) bool { return false }
