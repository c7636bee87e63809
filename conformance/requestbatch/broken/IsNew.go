//go:build ignore

// Whatever comes is taken for new.
//
// expect: refused at Take (state)

package requestbatch

func (c *ServerCore) IsNew(batch Message) bool { return batch.Number >= c.Newest }
