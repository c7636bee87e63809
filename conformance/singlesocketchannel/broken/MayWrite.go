//go:build ignore

// Whoever has a frame writes it, so that two goroutines do.
//
// expect: refused at SendRequest (guard), SendAnswer (guard), Beat (guard)
package singlesocketchannel

func (c *Core) MayWrite() bool { return true }

func (l *link) startWriter() {
	l.ch.node.working.Go(l.write)
	l.ch.node.working.Go(l.write)
}
