//go:build ignore

// A handler that panics takes the worker with it.
//
// expect: refused at End (guard)

package singularupdatequeue

func (q *Queue[S, Q, R]) GoesOn(taken []*Item[S, Q, R], t *Turn[S, R], cause *PanicError) {}
