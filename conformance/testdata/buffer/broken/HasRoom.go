//go:build ignore

// The buffer takes an item although it is full.
//
// expect: refused at Put (guard)
package buffer

func (b *Buffer) HasRoom() bool { return true }
