package versionvector

import (
	"context"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	vv "github.com/lockstep-tla/lockstep/impl/versionvector"
	"github.com/lockstep-tla/lockstep/trace"
)

// scripts are runs that are led by hand, to where a rule matters. Replicas are a, b and c.
// Clients are 0 to 3, and 0 reads nothing.
//
//	put a 1, read a 1 v01 v02   a client; the values are written in their order, and read
//	flush a, crash a            a crash loses what is not flushed
//	send a b m, ask a b m       a message, which is called m
//	arrive m                    it arrives, perhaps once more; an answer arrives at once
//	end all                     all get the same
var scripts = []string{
	// Two clients of one replica have read the same. Both writes stay, until a client has
	// read both.
	`put a 0, read a 1 v01, read a 2 v01, put a 1, read a 3 v02, put a 2, read a 3 v02 v03
	flush a, put a 3, read a 1 v04, put a 0, put a 3, read a 1 v04 v05 v06, put a 1, flush a, end all`,
	// A context goes from one replica to another that has seen less, and to one that has
	// seen more.
	`put a 0, read a 1 v01, put b 1, read b 2 v02, send b a m, arrive m, read a 3 v02, put a 0
	put a 2, read a 1 v03 v04, put c 1, send c a n, arrive n, arrive m, read a 1 v05, flush a, end all`,
	// A value that was replaced does not come back with a late message, also if its actor has
	// no other.
	`put a 0, send a b m, arrive m, read b 1 v01, put b 1, arrive m, read b 2 v02, put b 2
	arrive m, read b 1 v03, send b a n, arrive n, read a 1 v03, arrive m, ask c b o, arrive o
	read c 3 v03, arrive m, end all`,
	// Two replicas have the same two siblings, and one replaces the first only. The other
	// goes on to stay.
	`put a 0, read a 1 v01, put a 0, send a b m, arrive m, arrive m, read b 2 v01 v02, put b 1
	read b 2 v02 v03, send b a n, arrive n, read a 3 v02 v03, arrive m, read a 3 v02 v03, flush a
	put a 3, send a b o, arrive o, read b 1 v04, flush b, end all`,
	// Three concurrent writes at three replicas; the last has no say.
	`put a 0, put b 0, put c 0, send c a m, send b a n, arrive m, arrive n, read a 1 v01 v02 v03
	send a c o, arrive o, read c 2 v01 v02 v03, flush a, put c 2, flush c, end all`,
	// The one that asks has never heard of the other's actor.
	`put a 0, ask b a m, ask a b n, arrive m, read b 1 v01, arrive n, ask b a o, arrive o
	put b 1, ask c a p, arrive p, ask c b q, arrive q, read c 1 v02, arrive q, ask c b r, arrive r, end all`,
	// A replica has sent what its disk has not, and crashes. It goes on under another name.
	`put a 0, flush a, put a 0, send a b m, crash a, read a 1 v01, put a 0, flush a, arrive m
	read b 2 v01 v02, send a b n, arrive n, read b 2 v01 v02 v03, put b 2, send b a o, arrive o
	read a 1 v04, crash a, read a 1 v01 v03, arrive m, end all`,
	// A client has read what is lost in a crash. Its write goes elsewhere.
	`put a 0, read a 1 v01, crash a, put b 1, put a 0, flush a, flush b, send a b m, arrive m
	read b 2 v02 v03, end all`,
}

func scripted(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("scripted", run.Seed), func(rec *trace.Recorder) error {
		c := newCluster(rec, nodes)
		c.replies = make([]vv.Reply, 4) // by client
		c.Follow(toolbox.Pick(scripts, run.Seed-1), c.step)
		return c.Err()
	})
}

// step carries out one command.
func (c *cluster) step(words []string) error {
	named := map[string]string{"a": "n1", "b": "n2", "c": "n3"}
	r, n := c.cores[named[words[1]]], toolbox.Numbers(words)
	switch words[0] {
	case "end":
		c.end()
	case "arrive":
		sent := len(c.sent)
		c.Must(c.arrive(c.named[words[1]]))
		c.arriveAll(sent)
	case "put":
		c.put(r, c.replies[n[0]], values[len(c.written)])
	case "read":
		read := r.Read()
		c.replies[n[0]] = read
		c.Check(slices.Equal(read.Values, words[3:]), "%s has %q", r.Name(), read.Values)
	case "flush":
		c.Must(r.Flush())
	case "crash":
		c.restart(r, r.Disk())
	case "send", "ask":
		step := r.Ask
		if words[0] == "send" {
			step = r.Send
		}
		m, err := step(named[words[2]])
		c.Must(err)
		c.named[words[3]] = m
	default:
		return toolbox.ErrNoCommand
	}
	return nil
}
