//go:build ignore

// A new write takes the place of all earlier ones of its actor.
//
// expect: refused at Put (state)

package versionvector

func Accepted(e Entry, value string) Entry { return Entry{N: e.N + 1, Values: []string{value}} }
