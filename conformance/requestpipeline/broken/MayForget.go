//go:build ignore

// The server keeps one answer too few.
//
// expect: refused at Accept (state)

package requestpipeline

func (c *ServerCore) MayForget(number, newer uint64) bool { return number+uint64(c.max) <= newer+1 }
