//go:build ignore

// Only peers that have been heard once are checked.
//
// expect: refused at Check (state)

package heartbeat

func (c *Core) Judged() (names []string) {
	for _, name := range c.config.Watched {
		if c.peers[name].incarnation > 0 {
			names = append(names, name)
		}
	}
	return names
}
