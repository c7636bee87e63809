//go:build ignore

// The calls that wait for an index are forgotten at the step-down.
//
// expect: refused at StepDown (state)

package requestwaitinglist

func (c *call) IsAbandoned() bool { return c.index == 0 }
