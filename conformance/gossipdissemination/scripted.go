package gossipdissemination

import (
	"context"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	gossip "github.com/lockstep-tla/lockstep/impl/gossipdissemination"
	"github.com/lockstep-tla/lockstep/trace"
)

// script is a cluster that is led by hand.
type script struct {
	*toolbox.Scripted[*gossip.Message]
	*cluster
	a, b, c *member
}

// inMemory is a member whose messages are not encoded: one that shares memory with its
// sender has changed when it arrives.
type inMemory struct{ *member }

// Messages implements toolbox.Node.
func (m inMemory) Messages() []*gossip.Message { return m.unencoded() }

// scripted takes three nodes to the places at which the rules are needed.
func scripted(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("scripted", run.Seed, nodes, values), func(rec *trace.Recorder) error {
		s := &script{
			Scripted: toolbox.NewScripted(func(m *gossip.Message) string { return m.To }),
			cluster:  newCluster(rec, run.Seed, nodes),
		}
		for _, m := range s.members {
			s.Add(m.Name(), inMemory{m})
		}
		s.a, s.b, s.c = s.members[0], s.members[1], s.members[2]
		for _, part := range []func(){s.holes, s.copies, s.restarts, s.opinions, s.suspicion, s.goodbye} {
			part()
			s.converge()
		}
		return s.Err()
	})
}

// converge lets all nodes gossip until they agree.
func (s *script) converge() {
	s.Must(s.settle(8, func() error {
		for _, m := range s.members {
			s.Tick(m.Name(), 1)
		}
		return s.Err()
	}))
}

// exchange lets one node gossip with another. Every message arrives that is not held.
func (s *script) exchange(from, to *member) {
	s.Must(from.gossip(to.Name()))
	s.Settle()
}

// holdDeltas holds the deltas that are for a node.
func (s *script) holdDeltas(to *member) {
	s.Hold(func(m *gossip.Message) bool { return m.Kind == gossip.KindDelta && m.To == to.Name() })
}

func (s *script) restart(m *member) {
	s.Must(m.Crash())
	s.Must(m.starts())
}

// holes: a small message takes the oldest versions, and a late one does not make a hole.
func (s *script) holes() {
	s.Must(s.a.starts())
	s.Must(s.b.starts())
	s.exchange(s.b, s.a)
	for i, key := range keys {
		s.Must(s.b.Update(key, values[i]))
	}
	s.budget = oldest
	s.exchange(s.a, s.b)
	s.holdDeltas(s.a)
	s.exchange(s.a, s.b)
	s.restart(s.a) // it has forgotten the versions that the held delta builds on
	s.Release()
	s.budget = gossip.Everything
}

// oldest is the Budget of a message that has room for one version of each owner.
func oldest(u *gossip.Updates) gossip.Truncation {
	t := gossip.Truncation{}
	for _, owner := range u.Owners {
		t[owner] = int(u.CutPoints(owner)[0])
	}
	return t
}

// copies: a message does not change when its sender does.
func (s *script) copies() {
	s.restart(s.a)
	s.holdDeltas(s.a)
	s.exchange(s.b, s.a)
	s.Must(s.b.Update(keys[1], values[5]))
	s.Release()
}

// restarts: the others remember more versions of the old generation than the new one
// has. A third node hears of both through the seed.
func (s *script) restarts() {
	s.Must(s.b.Crash())
	s.Must(s.b.Start())
	s.exchange(s.a, s.b)
	s.exchange(s.b, s.a)
	s.Must(s.c.starts())
	s.exchange(s.c, s.a)
}

// opinions: a delta that begins too late brings no values, but a suspicion.
func (s *script) opinions() {
	for i, key := range keys {
		if i == len(keys)-1 {
			s.converge()
		}
		s.Must(s.b.Update(key, values[i]))
	}
	s.exchange(s.b, s.a)
	s.Must(s.a.Suspect(s.b.Name()))
	s.holdDeltas(s.c)
	s.exchange(s.c, s.a)
	s.restart(s.c)
	late := s.Held()
	s.Lose()
	s.budget = oldest
	s.exchange(s.b, s.c)
	s.Send(late...)
	s.Settle()
	s.budget = gossip.Everything
}

// suspicion: a node that was suspected and declared dead hears of it and refutes it.
func (s *script) suspicion() {
	s.Must(s.a.Suspect(s.b.Name()))
	s.exchange(s.a, s.c)
	s.Must(s.a.DeclareDead(s.b.Name()))
	s.exchange(s.a, s.b)
	s.exchange(s.b, s.c) // c still suspects b
}

// goodbye: a tombstone stays for a node that has left.
func (s *script) goodbye() {
	s.Must(s.c.Leave())
	s.exchange(s.c, s.a)
	s.exchange(s.b, s.a)
	s.Must(s.c.Crash())
}
