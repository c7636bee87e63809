//go:build ignore

// The heartbeat waits its turn behind the requests, and they wait for the disk.
//
// expect: refused at Tick (guard)

package heartbeat

func (c *Core) Send(at Reading) (Heartbeat, error) {
	if !c.running || !c.config.Sends || c.busy {
		return Heartbeat{}, ErrNotAllowed
	}
	c.sequence++
	c.sent = at
	c.step("Send").Int("at", int(at)).State(c)
	return Heartbeat{From: c.config.Name, Incarnation: c.incarnation, Sequence: c.sequence}, nil
}
