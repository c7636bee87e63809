//go:build ignore

// At the step-down the client is told that its call has failed.
//
// expect: refused at StepDown (state)

package requestwaitinglist

func AbandonedOutcome() Outcome { return Failure }
