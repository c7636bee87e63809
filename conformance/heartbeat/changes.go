package heartbeat

import (
	"errors"
	"fmt"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	hb "github.com/lockstep-tla/lockstep/impl/heartbeat"
	"github.com/lockstep-tla/lockstep/trace"
)

// told notes what a node's OnChange was told, and that Status says the same.
func (n *node) told(change hb.Change) {
	n.changes[n.name] = append(n.changes[n.name], change)
	status, err := n.hb.Status(change.Peer)
	n.Check(err == nil && status == change.Status, "Status of %s at %s is %s (%v), OnChange was told %s", change.Peer, n.name, status, err, change.Status)
}

// compareChanges returns an error if the nodes' callers were told anything else than
// what the trace has, or in another order.
func compareChanges(path string, told map[string][]hb.Change) error {
	recorded, err := recordedChanges(path)
	if err != nil {
		return err
	}
	var wrong error
	for _, name := range []string{"a", "b", "w"} {
		if !slices.Equal(told[name], recorded[name]) {
			wrong = errors.Join(wrong, fmt.Errorf("%s was told %v, the trace has %v", name, told[name], recorded[name]))
		}
	}
	return wrong
}

// recordedChanges reads from a trace, for each watcher, how the status of its peers
// changed. Peers that change in one step come in the order of their names.
func recordedChanges(path string) (map[string][]hb.Change, error) {
	changes := map[string][]hb.Change{}
	last := map[[2]string]hb.Status{} // by watcher and peer
	return changes, toolbox.Replayed(path, func(step string, args, state *trace.Record) {
		if !state.Has("peers") {
			return // a step of the environment
		}
		name, peers := args.String("node"), state.Record("peers")
		for _, peer := range peers.Names() {
			p, of := peers.Record(peer), [2]string{name, peer}
			status := hb.Status(p.String("status"))
			if step != "Start" && last[of] != status {
				changes[name] = append(changes[name], hb.Change{Peer: peer, Status: status, Incarnation: p.Uint("incarnation")})
			}
			last[of] = status
		}
	})
}
