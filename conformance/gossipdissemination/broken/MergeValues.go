//go:build ignore

// The values of a delta replace all that were there.
//
// expect: refused at Merge (state)

package gossipdissemination

func MergeValues(old, newer map[string]Value) map[string]Value { return newer }
