//go:build ignore

// Callers are told that their requests have failed.
//
// expect: refused at GiveUp (guard)

package requestbatch

func GivenUpOutcome() Outcome { return Failed }
