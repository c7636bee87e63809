//go:build ignore

// A value that the other state has seen goes, also if that has it still.
//
// expect: refused at Merge (state)

package versionvector

func IsKept(number uint64, other Entry) bool { return number > other.N }
