//go:build ignore

// A request that is not served is told that it was.
//
// expect: refused at Reject (guard), DropOldest (guard), GiveUp (guard), Fail (guard), Panic (guard), Stop (guard)

package singularupdatequeue

func (c *Core[S, Q, R]) Refusal(reason error) answer[R] { return answer[R]{told: true} }
