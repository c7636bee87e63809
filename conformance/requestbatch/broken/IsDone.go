//go:build ignore

// The batch ends with the first request that fails.
//
// expect: refused at Answer (guard)

package requestbatch

func (c *ServerCore) IsDone() bool {
	n := len(c.Answers)
	return n == len(c.work) || n > 0 && c.Answers[n-1].Failed
}
