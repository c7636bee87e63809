//go:build ignore

// The lower bound of a range is not looked at.
//
// expect: refused at Range (guard)

package versionedvalue

func InRange(key, from, to string) bool { return to == "" || key < to }

func firstOf(from string) Entry { return Entry{} }
