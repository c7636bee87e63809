//go:build ignore

// The floor search takes what it finds, also of the key before.
//
// expect: refused at Take (guard), Read (guard), Range (guard), Changes (guard), Remove (guard)

package versionedvalue

func IsOf(e Entry, key string) bool { return true }
