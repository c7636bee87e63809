//go:build ignore

// A message shares memory with its sender, and changes with it.
//
// expect: refused at Merge (guard), Lose (guard)

package gossipdissemination

func CopyValues(vals map[string]Value) map[string]Value { return vals }
