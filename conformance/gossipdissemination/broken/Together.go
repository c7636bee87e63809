//go:build ignore

// What comes replaces what is there.
//
// expect: refused at Merge (state)

package gossipdissemination

func Together(old, news map[string]Value) map[string]Value { return news }
