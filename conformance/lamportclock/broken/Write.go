//go:build ignore

// The stamp is given, and the clock is moved later, so that a second request finds it where it was.
//
// expect: refused at Write (state)

package lamportclock

func (c *Core) Write(m *Request) (Answer, error) {
	if !c.receives(m) || m.Kind != Write {
		return Answer{}, ErrNotAllowed
	}
	stamp := c.StampOf(m.Stamp)
	c.log = append(c.log, Entry{Stamp: stamp, Key: m.Key, Value: m.Value})
	a := c.owe(m, stamp, len(c.log))
	c.heard("Write", m)
	return a, nil
}
