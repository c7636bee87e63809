//go:build ignore

// A message refers to its sender's values, and changes with them.
//
// expect: refused at Merge (guard)

package gossipdissemination

func Copied(vals map[string]Value) map[string]Value { return vals }
