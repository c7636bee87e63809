//go:build ignore

// The heartbeat waits its turn behind the requests, and they wait for the disk.
//
// expect: refused at Tick (guard)

package heartbeat

func (c *Core) MaySend() bool { return !c.busy }
