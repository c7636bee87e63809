//go:build ignore

// A second worker is started with the first, and takes requests while the first is at work.
//
// expect: refused at Take (guard)

package singularupdatequeue

func (c *Core[S, Q, R]) MayTake() bool { return true }

func (q *Queue[S, Q, R]) startWorker(left []*Item[S, Q, R]) {
	go q.work(left)
	go q.work(nil)
}
