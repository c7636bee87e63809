package majorityquorum

import (
	"context"
	"errors"
	"fmt"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	mq "github.com/lockstep-tla/lockstep/impl/majorityquorum"
	"github.com/lockstep-tla/lockstep/trace"
)

// scripts are what the rules are there for, without chance. Run n is the nth of them. The
// word not stands before a step that the core must refuse. `c1 ask n1 n2' lets two replicas
// answer the present call of c1. `c1 late 1 n3' lets one answer call 1 of c1.
var scripts = []struct {
	setup
	text string
}{
	// A write, and a read by another quorum. No call ends before it has its quorum.
	{setups[0], `c1 write a, not c1 Read, c1 ask n1, not c1 Choose, c1 ask n2, c1 Choose, c1 ask n2, not c1 return
		c1 ask n3, c1 return done a
		c2 Read, c2 ask n1, not c2 WriteBack, c2 ask n2, not c2 return, not c2 Choose, c2 WriteBack, c2 ask n1 n3, c2 return done a`},
	// The follower is written to, and does not count.
	{setups[0], `c1 write a, c1 ask n1 n2, c1 Choose, c1 ask n4 n1, not c1 return, not c1 fail n4, c1 ask n3, c1 return done a`},
	// A voter refuses. The others are a quorum if both answer, and not one of them.
	{setups[0], `c1 write a, c1 fail n3, not c1 fail n3, c1 ask n1 n2, c1 Choose, c1 ask n1, not c1 return, c1 ask n2, c1 return done a
		c2 Read, c2 fail n1, c2 ask n2 n3, c2 WriteBack, c2 ask n2, not c2 return, c2 ask n3, c2 return done a`},
	// Two writers choose the same number. The second one is newer, wherever it comes first.
	{setups[0], `c1 write a, c1 ask n1 n2, c2 write b, c2 ask n1 n2, c1 Choose, c2 Choose
		c1 ask n1, c2 ask n2, not c1 store n2, c1 ask n2, c2 ask n1, c1 return done a, c2 return done b
		c3 Read, c3 ask n1 n3, c3 WriteBack, c3 ask n1 n3, c3 return done b`},
	// The newest of the answers counts, in any order.
	{setups[0], `c1 write a, c1 ask n1 n2, c1 Choose, c1 ask n1 n2, c1 return done a, c2 Read, c2 ask n2 n3, c2 WriteBack
		c2 ask n1 n2, c2 return done a, c3 write b, c3 ask n3 n1, c3 Choose, c3 ask n1 n3, c3 return done b
		c2 Read, c2 ask n2 n3, c2 WriteBack, c2 ask n2 n3, c2 return done b`},
	// The first put reaches n3 only. The second write does not see it, and is newer.
	{setups[0], `c1 write a, c1 ask n1 n2, c1 Choose, c1 store n3, n3 flush, c1 Expire, not c1 Expire, c1 return unknown a
		c1 write b, c1 ask n1 n2, c1 Choose, c1 ask n1 n2, c1 return done b
		c2 Read, c2 ask n3 n1, c2 WriteBack, c2 ask n3 n1, c2 return done b`},
	// A reader returns a value that is being written, and the next one does not miss it.
	{setups[0], `c1 write a, c1 ask n1 n2, c1 Choose, c1 store n1, n1 flush, c2 Read, c2 ask n1 n2, not c2 return
		c2 WriteBack, c2 ask n1 n2, c2 return done a, c3 Read, c3 ask n2 n3, c3 WriteBack, c3 ask n2 n3, c3 return done a`},
	// Without write-back it may.
	{setups[3], `c1 write a, c1 ask n1 n2, c1 Choose, c1 ask n1, c2 Read, c2 ask n1 n2, not c2 WriteBack, c2 return done a
		c3 Read, c3 ask n2 n3, c3 return done, c1 ask n3, c1 return done a`},
	// A put arrives when a newer one was stored, and late answers change nothing.
	{setups[0], `c1 write a, c1 ask n1 n2, c1 Choose, c1 ask n1 n2, c1 return done a, c2 write b, c2 ask n1 n2, c2 Choose
		c2 ask n1 n3, c2 return done b, not c1 late 2 n9, c1 late 2 n3, c1 late 1 n3, c2 late 1 n3
		c3 Read, c3 ask n2 n3, c3 WriteBack, c3 late 1 n1, c3 ask n2 n3, c3 return done b`},
	// A replica says yes when its disk has it. A crash takes back the one that was not flushed.
	{setups[0], `c1 write a, c1 ask n1 n2, c1 Choose, c1 store n1, not c1 ack n1, n1 lose, not c1 ack n1, c1 store n1
		n1 keep, not n1 flush, c1 ack n1, c1 ask n2, c1 return done a, not c1 store n1`},
	// Too many refuse. A get that fails has written nothing, and a put may have.
	{setups[0], `c1 write a, c1 fail n1, not c1 return, c1 fail n2, not c1 fail n3, not c1 Choose, c1 return failed
		c1 write b, c1 ask n1 n2, c1 Choose, c1 ask n1, c1 fail n2, c1 fail n3, c1 return unknown b
		c2 Read, c2 ask n1 n2, c2 WriteBack, c2 fail n1, c2 fail n2, c2 return failed, c2 Read, c2 Expire, c2 return failed`},
	// Four voters: half of them is not a quorum, and half of them is enough for the failure.
	{setups[1], `c1 write a, c1 ask n1 n2, c1 Choose, c1 ask n1 n2, not c1 return, c1 fail n3, c1 fail n4, c1 return unknown a
		c2 Read, c2 ask n3 n4, c2 WriteBack, c2 ask n3 n4 n1, c2 return done`},
	// All are written to, and any one is enough for a read; and the other way round.
	{setups[2], `c1 write a, c1 ask n1, c1 Choose, c1 ask n1 n2, not c1 return, c1 ask n3, c1 return done a
		c2 Read, c2 ask n3, c2 WriteBack, c2 ask n1 n2 n3, c2 return done a`},
	{setups[5], `c1 write a, c1 ask n1 n2, not c1 Choose, c1 ask n3, c1 Choose, c1 ask n3, c1 return done a
		c2 Read, c2 ask n1 n2 n3, c2 WriteBack, c2 ask n1, c2 return done a`},
}

// script is a group that is led by hand.
type script struct {
	toolbox.Script
	*harness
}

func scripted(_ context.Context, run conformance.Run) error {
	one := toolbox.Pick(scripts, run.Seed-1)
	return toolbox.Record(run, one.header("scripted", run.Seed), func(rec *trace.Recorder) error {
		s := &script{harness: newHarness(func(name string) mq.Options { return one.options(name, rec) }, names, nodes)}
		s.FollowSteps(one.text, mq.ErrNotAllowed, s.step)
		s.Must(s.rest())
		return s.Err()
	})
}

// step is one thing that a client or a replica does.
func (s *script) step(words []string) error {
	c, r, words := s.clients[words[0]], s.replicas[words[0]], append(words, "", "")
	switch words[1] {
	case "flush":
		return r.Persist()
	case "lose":
		r.Restart(r.Disk())
	case "keep":
		r.Restart(r.Memory())
	case "Read", "Choose", "WriteBack", "Expire":
		return s.sent(c, plain[words[1]](c))
	case "write":
		return s.sent(c, c.Write(words[2]))
	case "fail":
		return s.fail(words[0], words[2])
	case "return":
		return s.returns(c, words[2], words[3])
	case "late":
		return s.ask(c, s.find(words[0], words[3], words[2]), "ask")
	}
	for _, node := range words[2 : len(words)-2] {
		if err := s.ask(c, s.find(words[0], node, ""), words[1]); err != nil {
			return err
		}
	}
	return nil
}

// find returns the last request of a client to a replica, or the one of a call.
func (s *script) find(client, node, call string) *mq.Message {
	for i := len(s.requests) - 1; i >= 0; i-- {
		if m := s.requests[i]; m.From == client && m.To == node && (call == "" || call == fmt.Sprint(m.Call)) {
			return m
		}
	}
	return &mq.Message{} // no replica takes it
}

// ask lets a replica take a request, and the client its answer, twice.
func (s *script) ask(c *mq.Core, m *mq.Message, how string) error {
	r := s.replicas[m.To]
	switch {
	case r == nil:
		return mq.ErrNotAllowed
	case how == "store":
		return r.Store(m)
	case m.Type == mq.Get:
		answer, err := r.Answer(m)
		s.Must(err)
		return c.Receive(answer)
	case how == "ask" && r.Store(m) == nil: // or it has a newer one
		s.Must(r.Persist())
	}
	answer, err := r.Acknowledge(m)
	if err != nil {
		return err
	}
	return errors.Join(c.Receive(answer), c.Receive(answer))
}

// returns expects an outcome and a value.
func (s *script) returns(c *mq.Core, want, value string) error {
	outcome, cell, err := c.Return()
	s.Check(err != nil || string(outcome) == want && cell.Value == value, "%s %q, want %s %q", outcome, cell.Value, want, value)
	return err
}
