package gossipdissemination

import (
	"context"
	"errors"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	gossip "github.com/lockstep-tla/lockstep/impl/gossipdissemination"
	"github.com/lockstep-tla/lockstep/trace"
)

// course takes three nodes to the places at which the rules are needed. The words are
// those of script.do.
const course = `
	# A small message takes the oldest versions, and a late one does not make a hole.
	start a, start b, exchange b a
	update b address 0, update b load 1, update b rack 2
	budget oldest, exchange a b
	hold b a, exchange a b
	restart a # it has forgotten the versions that the held delta builds on
	release, budget everything, converge

	# A message does not change when its sender does.
	restart a
	hold b a, exchange b a
	update b load 5, release, converge

	# The others remember more versions of the old generation than the new one has. A
	# third node hears of both through the seed.
	crash b, recover b, exchange a b, exchange b a
	start c, exchange c a, converge

	# A delta that begins too late brings no values, but a suspicion.
	update b address 0, update b load 1, converge
	update b rack 2, exchange b a
	suspect a b
	hold a c, exchange c a
	restart c
	budget oldest, exchange b c
	release, budget everything, converge

	# A node that was suspected and declared dead hears of it and refutes it.
	suspect a b, exchange a c
	declareDead a b, exchange a b
	exchange b c # c still suspects b
	converge

	# A tombstone stays for a node that has left.
	leave c, exchange c a, exchange b a
	crash c, converge`

// script is a cluster that is led by hand.
type script struct {
	*toolbox.Scripted[*gossip.Message]
	*cluster
}

func scripted(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("scripted", run.Seed, nodes, values), func(rec *trace.Recorder) error {
		s := &script{
			Scripted: toolbox.NewScripted(func(m *gossip.Message) string { return m.To }),
			cluster:  newCluster(rec, run.Seed, nodes),
		}
		for _, m := range s.members {
			s.Add(m.Name(), m)
		}
		s.Follow(course, s.do)
		return s.Err()
	})
}

// do carries out a command of the course:
//
//	start A, recover A, crash A, restart A   start: recover, and publish the address
//	update A KEY VALUE, leave A
//	suspect A B, declareDead A B
//	exchange A B       A gossips with B; every message arrives that is not held
//	hold A B, release  the deltas from A to B
//	budget oldest      messages have room for one version of each owner
//	converge           all gossip until they agree
func (s *script) do(words []string) error {
	of := append(words[1:], "", "") // a command takes two words at least
	from, to := s.called(of[0]), s.called(of[1])
	s.Must(toolbox.Command(words[0], map[string]func() error{
		"start":       func() error { return from.starts() },
		"recover":     func() error { return from.Start() },
		"crash":       func() error { return from.Crash() },
		"leave":       func() error { return from.Leave() },
		"update":      func() error { return from.Update(of[1], of[2]) },
		"suspect":     func() error { return from.Suspect(to.Name()) },
		"declareDead": func() error { return from.DeclareDead(to.Name()) },
		"exchange":    func() error { defer s.Settle(); return from.gossip(to.Name()) },
		"release":     func() error { s.Release(); return nil },
		"converge":    func() error { return s.settle(8, s.tickAll) },
		"restart":     func() error { return errors.Join(from.Crash(), from.starts()) },
		"hold": func() error {
			s.Hold(func(m *gossip.Message) bool {
				return m.Kind == gossip.KindDelta && m.From == from.Name() && m.To == to.Name()
			})
			return nil
		},
		"budget": func() error {
			s.budget = map[string]gossip.Budget{"oldest": oldest, "everything": gossip.Everything}[of[0]]
			return nil
		},
	}))
	return nil
}

// called returns the node that the course calls a, b or c.
func (s *script) called(letter string) *member {
	if len(letter) != 1 {
		return nil
	}
	return s.members[letter[0]-'a']
}

func (s *script) tickAll() error {
	for _, m := range s.members {
		s.Tick(m.Name(), 1)
	}
	return s.Err()
}

// oldest is the Budget of a message that has room for one version of each owner.
func oldest(u *gossip.Updates) gossip.Truncation {
	t := gossip.Truncation{}
	for _, owner := range u.Owners {
		t[owner] = int(u.CutPoints(owner)[0])
	}
	return t
}
