//go:build ignore

// A request that is not served is told that all is well.
//
// expect: refused at Reject (guard), DropOldest (guard), GiveUp (guard), Fail (guard), Panic (guard), Stop (guard)

package singularupdatequeue

func (c *Core[S, Q, R]) NotServed(reason error) error { return nil }
