package lamportclock

import (
	"cmp"
	"context"
	"errors"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	lc "github.com/lockstep-tla/lockstep/impl/lamportclock"
)

// scripts are the reasons for the rules, step by step and without chance. In each of them
// one rule makes the difference. Run n is the nth of them. `ask c1 write s1' makes a
// request about x, which has a number from 1. `serve 1' lets the server take it, flush its
// log and answer. `hear 1' lets the client hear the first answer that was given, and `call
// c1 write s1' is all of that. The word not stands before a step that must be refused.
var scripts = []string{
	// A client writes to s1 until its clock is far ahead of s2's, and then to s2.
	`call c1 write s1, call c1 write s1, call c1 write s1, call c1 write s2, call c1 write s1`,
	// A client that has heard of stamp 2 elsewhere reads on s2, where nothing was written.
	// What is written there later is later.
	`call c1 write s1, call c1 write s1, ask c1 read s2, serve 3, ask c2 write s2, serve 4, hear 3, hear 4`,
	// The same, with a crash between the two.
	`call c1 write s1, call c1 write s1, ask c1 snapshot s2, serve 3, restart s2 1, ask c2 write s2, serve 4`,
	// A server would answer a write before it is durable.
	`ask c1 write s1, take 1, not answer 1, flush s1, answer 1`,
	// A server would answer a reader before the version that it is told is durable.
	`ask c1 write s1, take 1, ask c2 read s1, take 2, not answer 2, flush s1, answer 1, answer 2`,
	// The answer to a write leaves when the clock has gone on.
	`ask c1 write s1, ask c2 write s1, take 1, take 2, flush s1, answer 1, hear 1`,
	// A server writes after a crash. Of two versions that were not flushed the crash has
	// kept one.
	`ask c1 write s1, serve 1, ask c1 write s1, take 2, ask c1 write s1, take 3, restart s1 2
	ask c1 write s1, serve 4`,
	// Requests and answers arrive twice. A read that comes twice is owed one answer.
	`ask c1 write s1, serve 1, serve 1, hear 2, hear 1, hear 2
	ask c1 read s1, take 2, take 2, answer 2, not answer 2, hear 3`,
	// A client that has heard of the first version only reads as of then.
	`call c1 write s1, ask c1 snapshot s1, ask c2 write s1, serve 3, serve 2, hear 3`,
	// Messages arrive where they were not sent.
	`ask c1 write s1, not take 1 s2, serve 1, not hear 1 c2, ask c1 read s1, not take 2 s2, hear 1`,
	// Two clients hear of two versions with equal stamps, each in another order.
	`ask c3 write s1, ask c3 write s2, serve 1, serve 2
	call c1 read s1, call c1 read s2, call c2 read s2, call c2 read s1`,
}

func scripted(_ context.Context, run conformance.Run) error {
	return inCluster(run, "scripts", func(c *cluster) {
		c.FollowSteps(toolbox.Pick(scripts, run.Seed-1), lc.ErrNotAllowed, c.step)
	})
}

// step carries out a command. A message goes where it was sent, or to the node that is
// named.
func (c *cluster) step(words []string) error {
	n, last := toolbox.Numbers(words), words[len(words)-1]
	switch words[0] {
	case "ask":
		c.ask(words[1], lc.Kind(words[2]), last, "x")
	case "call":
		return c.call(c.ask(words[1], lc.Kind(words[2]), last, "x"))
	case "take":
		m := c.requests[n[0]-1]
		return take(cmp.Or(c.servers[last], c.servers[m.To]), m)
	case "serve":
		return c.serve(c.requests[n[0]-1])
	case "answer":
		return c.answer(c.requests[n[0]-1])
	case "hear":
		m := c.replies[n[0]-1]
		return cmp.Or(c.clients[last], c.clients[m.To]).Hear(m)
	case "flush":
		c.flushAll(c.servers[last])
	case "restart": // with as many entries of its log as given
		server := c.servers[words[1]]
		return errors.Join(server.Crash(server.Log()[:n[0]]), server.Start())
	default:
		return toolbox.ErrNoCommand
	}
	return nil
}
