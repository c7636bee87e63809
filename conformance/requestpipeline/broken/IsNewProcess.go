//go:build ignore

// The number is not stored, and the next process has the same one.
//
// expect: refused at Restart (guard)

package requestpipeline

func (c *Core) IsNewProcess(process uint64) bool { return process >= c.process }
