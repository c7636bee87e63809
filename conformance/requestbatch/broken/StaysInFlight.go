//go:build ignore

// The requests of a batch that has failed wait for another one.
//
// expect: refused at Fail (state)

package requestbatch

func (c *Core) StaysInFlight() (stay, wait []*Call) { return nil, c.flight }
