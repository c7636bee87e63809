//go:build ignore

// A failing handler's copy of the state becomes the state.
//
// expect: refused at Fail (state), Panic (state)

package singularupdatequeue

func (c *Core[S, Q, R]) MayChange(outcome answer[R]) bool { return true }
