//go:build ignore

// The newest requests are taken first.
//
// expect: refused at Take (state)

package singularupdatequeue

func (c *Core[S, Q, R]) Oldest(n int) []*Item[S, Q, R] {
	var items []*Item[S, Q, R]
	older := c.queue.len() - n
	c.queue.remove(func(it *Item[S, Q, R]) bool {
		if older--; older >= 0 {
			return false
		}
		items = append(items, it)
		return true
	})
	return items
}
