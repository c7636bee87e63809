package generationclock

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	gc "github.com/lockstep-tla/lockstep/impl/generationclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// scripts are what the rules are there for, step by step and without chance. Run n is the
// nth of them. A command is a holder, its step, and what the step is about. `n1 ask as one'
// gives the message that n1 sends a name. The word not stands before a step that must be
// refused. See script.several for the commands that are several steps.
var scripts = []string{
	// Two candidates ask with one number. n3 has voted, and does not vote again, except for
	// the same candidate.
	`n1 stands as one, n2 stands as two, n3 votes one
	not n3 adopt two, n3 grant, not n2 lead`,
	// Messages with the present number are not refused.
	`n1 wins n2, n1 beat as beat, not n2 refuse beat
	n1 order a as a, n2 accept a, n2 persist, n2 acknowledge, n1 order b as b, n2 accept b
	n1 write a as write, store applies write, not store refuse write`,
	// A candidate would ask, and a store would answer, before the disk has what they say. A
	// crash takes it back.
	`n1 stand, not n1 ask, n1 restart, n2 wins n3
	n2 write a as write, store adopt write, store apply write, not store acknowledge, store restart`,
	// A voter would vote before its disk has the number, and would vote for another
	// candidate after a crash. That n1 finds an ask stale is not on its disk yet.
	`n1 stands as one, n2 stands as two, n3 adopt one, not n3 grant, n3 restart, n3 votes two
	n1 stand, not n1 refuse two`,
	// The vote of the first election arrives in the second one.
	`n1 stands as first, n3 votes first as vote, n1 stands as second, n3 votes second
	not n1 count vote, not n1 lead`,
	// n1 leads and stands still for two generations. When it goes on, the answer to its
	// heartbeat makes it follow.
	`n1 wins n2, n2 wins n3, n3 wins n2, n1 beat as beat, n3 refuse beat as refusal
	n1 adopt refusal, n1 persist, not n1 order a`,
	// An order arrives after the generation in which it was given.
	`n1 wins n2, n1 order a as early, n1 order b as late, n3 adopt early, n3 accept early, n3 persist
	n2 wins n3, not n3 accept late, n3 refuse late, not n2 accept early`,
	// A write of the first leader arrives at the store behind one of the second: it would
	// undo what its successor has done.
	lateWrite + `not store apply late, store refuse late as refusal, n1 adopt refusal, n1 persist`,
	// The same, and the store is started again in between.
	lateWrite + `store restart, not store adopt late, store refuse late`,
	// n3 has accepted an order of the first generation, has voted in the second, and does not
	// go back in a crash. It forgets for whom it has voted.
	`n1 wins n3, n1 order a as order, n3 accept order, n3 persist
	n2 stand, n2 stands as ask, n3 votes ask, n3 restart, not n3 grant`,
	// A leader follows its own orders, and says nothing before its own entry is on its disk.
	// A vote that comes twice is one vote. What a flush has brought to the disk counts, also
	// if its end was not seen.
	`n1 wins n2, n1 order a as own, n1 accept own, not n1 beat, n1 persist, n1 acknowledge
	n2 stands as ask, n3 votes ask as vote, n3 refuse own as refusal, n1 adopt refusal
	n2 count vote, n2 count vote, n2 lead, not n2 stand
	n2 order c as next, n3 accept next, n3 keep, n3 acknowledge`,
}

const lateWrite = `n1 wins n2, n1 write a as late, n2 wins n3, n2 write b as write, store applies write
	`

// script is a cluster that is led by hand.
type script struct {
	toolbox.Script
	*cluster
	named map[string]*gc.Message
}

func newScript(rec *trace.Recorder) *script {
	return &script{cluster: newCluster(rec), named: map[string]*gc.Message{}}
}

func scripted(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("scripted", run.Seed), func(rec *trace.Recorder) error {
		s := newScript(rec)
		s.follow(toolbox.Pick(scripts, run.Seed-1))
		s.rest()
		return s.Err()
	})
}

func (s *script) follow(text string) { s.FollowSteps(text, gc.ErrNotAllowed, s.command) }

// command takes a step, and gives the message that was sent the name behind the word as.
func (s *script) command(words []string) error {
	as := ""
	if at := slices.Index(words, "as"); at > 0 {
		words, as = words[:at], words[at+1]
	}
	sent := len(s.sent)
	err := s.step(words[0], words[1], append(words, "")[2])
	if len(s.sent) > sent {
		s.named[as] = s.sent[len(s.sent)-1]
	}
	return err
}

// step takes a step of a holder, which is about a value or about a message of that name.
func (s *script) step(name, step, about string) error {
	switch h := s.holders[name]; step {
	case "restart":
		h.Restart(h.Disk())
	case "keep": // restart with what the flush has brought to the disk
		h.Restart(h.Memory())
	case "stands":
		return s.several(name+" stand", name+" persist", name+" ask")
	case "votes":
		return s.several(name+" adopt "+about, name+" persist", name+" grant")
	case "wins":
		return s.several(name+" stands as ask", about+" votes ask as vote", name+" count vote", name+" lead")
	case "applies": // a write whose number may be the store's present one
		s.Allow(s.store.Adopt(s.named[about]), gc.ErrNotAllowed)
		return s.several("store apply "+about, "store persist", "store acknowledge")
	default:
		return toolbox.ErrOf(s.take(name, strings.ToUpper(step[:1])+step[1:], about, s.named[about]))
	}
	return nil
}

// several takes several steps.
func (s *script) several(commands ...string) (err error) {
	for _, command := range commands {
		err = errors.Join(err, s.command(strings.Fields(command)))
	}
	return err
}

// rest lets one more leader be elected and obeyed, so that whatever the holders have
// done before shows. Nothing is left to do then.
func (s *script) rest() {
	for _, name := range all {
		s.Allow(s.holders[name].Persist(), gc.ErrNotAllowed)
	}
	s.follow("n1 restart")
	one, two, three := s.nodes["n1"], s.nodes["n2"], s.nodes["n3"]
	for range max(two.Gen, three.Gen) + 1 - min(one.Gen, two.Gen, three.Gen) {
		s.Must(one.Stand()) // code without a rule may get nowhere
	}
	s.follow(`n1 wins n2, n1 order d as order, n2 accept order, n2 persist, n1 write d as write, store applies write
	n1 beat as beat, n3 adopt beat, n3 persist`)
	end(s.rec, s.store)
}
