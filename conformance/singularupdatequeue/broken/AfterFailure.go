//go:build ignore

// What a handler has changed before it failed stays changed.
//
// expect: refused at Fail (state), Panic (state)

package singularupdatequeue

func (c *Core[S, Q, R]) AfterFailure(changed S) S { return changed }
