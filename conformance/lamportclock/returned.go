package lamportclock

import (
	"errors"
	"fmt"

	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	lc "github.com/lockstep-tla/lockstep/impl/lamportclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// result is what Put, Get or Snapshot returned to a caller. At is the stamp of the
// write for a Put.
type result struct {
	client, server, key, kind string
	version                   lc.Version
	at                        uint64
}

// returned notes a result.
func (c *callers) returned(r result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.results[r]++
}

// compareResults returns an error if a caller got anything else than a reply that its
// client has heard, or one reply served two calls.
func compareResults(path string, results map[result]int) error {
	heard := map[result]map[int]bool{} // the numbers of the requests
	err := toolbox.Replayed(path, func(step string, args, _ *trace.Record) {
		if step != "Hear" {
			return
		}
		m := args.Record("message")
		v := m.Record("version")
		r := result{client: m.String("to"), server: m.String("from"), key: m.String("key"), kind: m.String("type"), at: m.Uint("at")}
		if stamp := v.Uint("stamp"); stamp > 0 {
			r.version = lc.Version{Stamp: stamp, Node: v.String("node"), Value: v.String("value")}
		}
		if heard[r] == nil {
			heard[r] = map[int]bool{}
		}
		heard[r][m.Int("number")] = true
	})
	for r, n := range results {
		if len(heard[r]) < n {
			err = errors.Join(err, fmt.Errorf("%+v was returned %d times, the trace has %d such replies", r, n, len(heard[r])))
		}
	}
	return err
}
