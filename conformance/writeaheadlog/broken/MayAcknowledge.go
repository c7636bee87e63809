//go:build ignore

// The client is told as soon as its entry has been appended.
//
// expect: refused at Acknowledge (guard)

package writeaheadlog

func (c *Core) MayAcknowledge(index uint64) bool { return index <= c.length }
