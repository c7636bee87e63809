package lamportclock

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/lockstep-tla/lockstep/conformance"
	lc "github.com/lockstep-tla/lockstep/impl/lamportclock"
	"github.com/lockstep-tla/lockstep/trace"
)

// system is all the servers and clients of the bounded model, driven step by
// step. What a server or client may do, it decides itself. What is under way in
// the network, and what a crash may leave, is decided here.
type system struct {
	servers  map[string]*lc.Core
	clients  map[string]*lc.ClientCore
	requests []*lc.Request
	replies  []*lc.Reply
}

func newSystem(rec *trace.Recorder) (conformance.System, error) {
	s := &system{servers: map[string]*lc.Core{}, clients: map[string]*lc.ClientCore{}}
	for _, name := range []string{"s1", "s2"} {
		s.servers[name] = lc.NewCore(name, rec)
	}
	s.clients["c1"] = lc.NewClientCore("c1", rec, "k")
	return s, nil
}

// Close implements conformance.System.
func (s *system) Close() error { return nil }

// Do implements conformance.System.
func (s *system) Do(step string, args map[string]trace.Value) error {
	err := s.do(step, args)
	if errors.Is(err, lc.ErrNotAllowed) {
		return conformance.ErrRefused
	}
	return err
}

func (s *system) do(step string, args map[string]trace.Value) error {
	node, _ := args["node"].(string)
	if client := s.clients[node]; client != nil {
		return s.ofClient(client, step, args)
	}
	server := s.servers[node]
	if server == nil {
		return fmt.Errorf("no node %q", node)
	}
	switch step {
	case "Write", "Read":
		for _, m := range s.requests {
			if !same(args["message"], m) {
				continue
			}
			take := server.Write
			if step == "Read" {
				take = server.Read
			}
			_, err := take(m)
			return err
		}
		return lc.ErrNotAllowed // it was never sent
	case "Sync":
		n, _ := args["upTo"].(int)
		return server.Sync(n)
	case "Reply":
		return s.reply(server, args["message"])
	case "Crash":
		left, _ := args["left"].(int)
		if left < server.Durable() || left > len(server.Log()) {
			return lc.ErrNotAllowed // no crash does that
		}
		return server.Crash(server.Log()[:left])
	case "Start":
		return server.Start()
	}
	return fmt.Errorf("unknown step %s", step)
}

func (s *system) ofClient(c *lc.ClientCore, step string, args map[string]trace.Value) error {
	server, _ := args["server"].(string)
	key, _ := args["key"].(string)
	value, _ := args["value"].(string)
	switch step {
	case "RequestWrite":
		s.requests = append(s.requests, c.RequestWrite(server, key, value))
	case "RequestRead":
		s.requests = append(s.requests, c.RequestRead(server, key))
	case "RequestSnapshot":
		s.requests = append(s.requests, c.RequestSnapshot(server, key))
	case "Hear":
		for _, m := range s.replies {
			if same(args["message"], m) {
				return c.Hear(m)
			}
		}
		return lc.ErrNotAllowed // it was never sent
	default:
		return fmt.Errorf("unknown step %s", step)
	}
	return nil
}

// reply takes leave of the answer that is the message.
func (s *system) reply(server *lc.Core, message trace.Value) error {
	for _, a := range server.Owed() {
		if !same(message, server.Preview(a)) {
			continue
		}
		m, err := server.Reply(a)
		if err == nil {
			s.replies = append(s.replies, m)
		}
		return err
	}
	return lc.ErrNotAllowed
}

// same reports whether a message is the one that a trace shows.
func same(shown trace.Value, m trace.Viewer) bool { return reflect.DeepEqual(shown, shownAs(m)) }

// shownAs is how a trace shows a message.
func shownAs(m trace.Viewer) trace.Value {
	var seen trace.Value
	rec := trace.Watch(func(e trace.Event) error {
		seen = e.Args["m"]
		return nil
	})
	rec.Step("Show").Object("m", m).State(nothing{})
	return seen
}

type nothing struct{}

func (nothing) View(*trace.Object) {}
