//go:build ignore

// Each key of a batch gets a record of its own.
//
// expect: refused at AppendEntry (state)

package writeaheadlog

func (c *Core) Records(kind uint32, time int64, payload []byte) int {
	n := 0
	for kc, err := range changesIn(payload) {
		if err != nil {
			break
		}
		one := Batch{changes: map[string]change{kc.key: kc.change}}
		c.put(kind, time, one.Encode(nil))
		n++
	}
	return n
}
