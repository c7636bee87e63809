//go:build ignore

// Any reply is the one to the batch in flight.
//
// expect: refused at Receive (state)

package requestbatch

func (c *Core) IsOurs(Message) bool { return len(c.flight) > 0 }
