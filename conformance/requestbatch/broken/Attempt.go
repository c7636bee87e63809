//go:build ignore

// What has come meanwhile leaves with the batch that is sent again.
//
// expect: refused at Take (guard)

package requestbatch

func (c *Core) Attempt() []*Call { return append(c.flight[:len(c.flight):len(c.flight)], c.queue...) }
