package singlesocketchannel

import (
	"context"
	"errors"
	"maps"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	"github.com/lockstep-tla/lockstep/trace"
)

// scripts are runs in which one rule after the other matters. They lead the two cores
// by hand, so that what a broken rule shows depends on no clock and no goroutine. A
// command is a node and its step, with arguments or how many times; the word not stands
// before a step that must be refused. See script.take for the commands that are several steps.
var scripts = []string{
	// Both ends dial at once, and the connection with the greater epoch counts.
	`a Ask t1, b Ask t2, a Dial, b Dial
	 b receive # it rejects the connection
	 a receive, b receive, a exchange 1, b exchange 1
	 a Ask t3 t4, a exchange 2 3, not a Dial`,

	// One end loses a connection that the other one still has open.
	`a Ask t1 t2, a connect, a exchange 1, a SendRequest, b Lose
	 b Ask t3, b connect # and a has both
	 not b receiveOn 1, a exchange 2, b exchange 1`,

	// One frame at a time, from its first byte to its last.
	`a Ask t1 t2 longest, a connect, a begin SendRequest, not b receive
	 not a begin SendRequest, not a begin SendHeartbeat, a Finish, not a Finish
	 a SendRequest # two frames are under way
	 b receive 2, b Handle 1 2, b begin SendAnswer, not a receive
	 b Finish, b SendAnswer, b SendHeartbeat, a receive 3, a exchange 3`,

	// The length of a message, and the number of requests at each end.
	`not a Ask tooLong, a Ask t1 t2 t3 longest, not a Ask t5
	 a connect, a SendRequest 4, b receive 2, not b receive
	 a Cancel 2, not a Ask t5 # the other end still has the second one
	 b Handle 1, b receive, b SendAnswer, a receive
	 a Ask t5 t6, not a Ask t7 # the answer to the first one makes room for two
	 b Handle 2 3, b receive, b Handle 4, b SendAnswer 3, a receive 3, a exchange 5 6`,

	// An end that is silent for long is dead, and a heartbeat before begins anew.
	`b Ask t1, b Dial, b DialFails, b connect
	 a MissHeartbeat 2, not a TimeOut, b SendHeartbeat 2, a receive 2
	 a MissHeartbeat 3, not a MissHeartbeat, a TimeOut, a connect, b exchange 1`,

	// Requests are handled, and the connection breaks before their answers arrive.
	`a Ask t1 t2 t3 t4, a connect, a SendRequest 3
	 b receive, b Handle 1, b receive, b Handle 2, b receive, b SendAnswer 2
	 a receive, a Lose, a connect, a SendRequest 3, b MissHeartbeat
	 b receive 2 # for the third one the handler has no answer yet
	 b Handle 3, b receive, b Handle 4, b SendAnswer 3, a receive 3`,

	// Another process takes the place of either end.
	`a Ask t1, a connect, a SendRequest, b receive, b Restart, a Ask t2 t3, a Lose
	 a connect # the caller of the first request is told that its outcome is unknown
	 a exchange 2, a SendRequest, b receive, b Ask t4, b SendRequest
	 a Restart, a Dial, a Restart, a Ask t5
	 a connect # b rejects an epoch that it has seen, and names the newest
	 not a Finish, not a begin SendHeartbeat
	 b Ask t6, a connect, a exchange 1, b exchange 2`,

	// Callers stop waiting, before and after their requests were sent.
	`a Ask t1 t2 t3, a Cancel 1, a connect, a Cancel 3, a SendRequest, a Cancel 2
	 b receive, b Handle 2, b SendAnswer, a Ask t4
	 a receive # its caller does not wait any more
	 a exchange 4`,

	// An end does not read what the other one has written.
	`a Ask t1 t2, a connect, not a Stall, a SendRequest, a begin SendRequest
	 a Stall, b MissHeartbeat, b receive, a connect, a SendRequest 2
	 b receive 2, b Handle 1 2, b SendAnswer 2, a receive 2`,

	// An end has requests and answers to send, and is in the middle of a frame, when its
	// connection is over, when another one stalls, and when its process ends.
	`a Ask t1 t2, b Ask t3, a connect, b SendRequest, a receive, a Handle 1
	 a begin SendRequest, a MissHeartbeat 3, a TimeOut
	 a connect, a SendRequest 2, b receive 2, b SendRequest, a receive, a begin SendHeartbeat, a Stall
	 a connect, b SendRequest, a receive, a begin SendHeartbeat, a Restart
	 a Ask t4, b Lose, b connect, a exchange 1`,

	// What an end has begun, missed and taken in does not count on the next connection.
	`a connect, a begin SendHeartbeat, a MissHeartbeat 2, b Lose, b connect
	 b Ask t1, b SendRequest, a receive, b Restart, a Lose
	 a connect # and the request in its inbox is the old process's
	 not a Handle 1, b Ask t2, b exchange 1`,

	// An answer comes to a request that is to be sent again, and one is not needed.
	`a Ask t1, a connect, a SendRequest, b receive, a Lose
	 a connect, b Handle 1, b SendAnswer, a receive, not a begin SendRequest
	 a Ask t2, a SendRequest, b receive, b Handle 2, a Cancel 2
	 a Ask t3, a SendRequest, b receive # the answer to the second one is dropped
	 b Handle 3, b SendAnswer, a receive, not b begin SendAnswer`,
}

// The runs behind the scripts do random work.
const (
	walks     = 3
	firstWalk = 10 // its seed
)

// script is two ends and what lies between them.
type script struct {
	toolbox.Script
	*system
}

type args = map[string]trace.Value

func scripted(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("scripted", run.Seed), func(rec *trace.Recorder) error {
		s := &script{system: newEnds(rec, limits)}
		if n := int(run.Seed-1) % (len(scripts) + walks); n < len(scripts) {
			s.FollowSteps(scripts[n], conformance.ErrRefused, func(words []string) error { return s.take(words[0], words[1], words[2:]) })
		} else {
			s.walk(int64(firstWalk + n - len(scripts)))
		}
		return s.Err()
	})
}

// take takes a step once for each word, or as often as the word says; or it takes the
// steps that several scripts take in a row.
func (s *script) take(node, step string, words []string) error {
	switch step {
	case "Ask":
		return each(words, func(text string) error {
			named := map[string]string{"longest": longest, "tooLong": tooLong}
			if named[text] != "" {
				text = named[text]
			}
			return s.try(step, node, args{"text": text})
		})
	case "Handle", "Cancel":
		return each(words, func(word string) error {
			number := s.Number(word)
			all := args{"number": int(number)}
			if r := s.ends[node].requests[number]; step == "Cancel" && r != nil {
				all["sent"] = s.ends[node].core.WasSent(r)
			}
			return s.try(step, node, all)
		})
	case "connect": // dial a connection that the other end accepts
		err := s.try("Dial", node)
		c := s.ends[node].dial
		return errors.Join(err, s.arrives(c, other(node)), s.arrives(c, node))
	case "exchange": // bring requests to the other end, and their answers back
		return each(words, func(number string) error {
			return errors.Join(s.take(node, "SendRequest", nil), s.take(other(node), "receive", nil),
				s.take(other(node), "Handle", []string{number}), s.take(other(node), "SendAnswer", nil), s.take(node, "receive", nil))
		})
	case "begin": // write a frame except for its last byte
		return s.begin(words[0], node)
	case "receiveOn":
		return s.arrives(ssc.Connection{Incarnation: 1, Epoch: s.Number(words[0])}, node)
	}
	times := uint64(1)
	if len(words) > 0 {
		times = s.Number(words[0])
	}
	var err error
	for range times {
		switch step {
		case "receive":
			err = errors.Join(err, s.arrives(s.newest(node), node))
		case "SendRequest", "SendAnswer", "SendHeartbeat":
			err = errors.Join(err, s.begin(step, node), s.try("Finish", node))
		default:
			err = errors.Join(err, s.try(step, node))
		}
	}
	return err
}

func each(words []string, do func(word string) error) (err error) {
	for _, word := range words {
		err = errors.Join(err, do(word))
	}
	return err
}

// try takes a step of a node, which may be refused.
func (s *script) try(step, node string, more ...args) error {
	all := args{"node": node}
	for _, m := range more {
		maps.Copy(all, m)
	}
	return s.Do(step, all)
}

// begin writes the next request, the next answer, or a heartbeat, except for its last
// byte.
func (s *script) begin(step, node string) error {
	number, _ := s.ends[node].core.Next(step)
	return s.try(step, node, args{"number": int(number)})
}

// newest is the newest connection that has something for a node and is not older than
// its open one.
func (s *script) newest(node string) ssc.Connection {
	c := s.ends[node].open
	for _, d := range []ssc.Connection{s.ends[node].dial, s.ends[other(node)].dial} {
		if len(s.wires[d][node]) > 0 && d.Epoch >= c.Epoch {
			c = d
		}
	}
	return c
}

// arrives takes what comes next to a node on a connection, as its reader would.
func (s *script) arrives(c ssc.Connection, node string) error {
	wire := s.wires[c][node]
	if len(wire) == 0 {
		return conformance.ErrRefused
	}
	on, core := args{"connection": args{"incarnation": int(c.Incarnation), "epoch": int(c.Epoch)}}, s.ends[node].core
	switch number := int(wire[0].number); wire[0].greeting {
	case "hello":
		if core.IsNewer(c) {
			return s.try("Accept", node, on)
		}
		return s.try("Reject", node, on)
	case "welcome":
		return s.try("Open", node, on, args{"process": number})
	case "refused":
		return s.try("Refused", node, on, args{"newest": number})
	}
	f, shown := s.read(wire[0])
	if f == nil {
		return conformance.ErrRefused
	}
	step := map[string]string{"request": "ReceiveRequest", "answer": "ReceiveAnswer", "heartbeat": "ReceiveHeartbeat"}[f.Kind.String()]
	if step == "ReceiveRequest" && !core.IsNew(f.Number) {
		step = "ReceiveAgain"
	}
	return s.try(step, node, on, args{"frame": shown})
}

// walk is random work of both ends. What cannot be done is refused.
func (s *script) walk(seed int64) {
	for _, op := range toolbox.Workload[struct{ Kind, Node, Choice uint8 }](seed, 200, 200) {
		s.Allow(s.anything(toolbox.Pick(names, op.Node), int(op.Kind%64), op.Choice), conformance.ErrRefused)
	}
}

func (s *script) anything(node string, kind int, choice uint8) error {
	e := s.ends[node]
	switch {
	case kind < 22:
		return s.arrives(s.newest(node), node)
	case kind < 32:
		return s.begin(toolbox.Pick([]string{"SendRequest", "SendAnswer", "SendHeartbeat"}, choice%7/3), node)
	case kind < 42:
		return s.try("Finish", node)
	case kind < 48:
		number, _ := e.core.Next("Handle")
		return s.try("Handle", node, args{"number": int(number)})
	case kind < 54:
		return s.try("Ask", node, args{"text": toolbox.Pick(texts, choice)})
	case kind == 54:
		if r := e.requests[e.asked]; r != nil {
			return s.try("Cancel", node, args{"number": int(e.asked), "sent": e.core.WasSent(r)})
		}
	case kind < 60:
		return s.try("Dial", node)
	case choice < 50:
		return s.try(toolbox.Pick([]string{"Lose", "Stall", "TimeOut", "DialFails", "Restart"}, choice), node)
	}
	return s.try("MissHeartbeat", node)
}
