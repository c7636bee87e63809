package singlesocketchannel

import (
	"context"
	"maps"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	"github.com/lockstep-tla/lockstep/trace"
)

// scripts are runs in which one rule after the other matters. They lead the two cores
// by hand, so that what a broken rule shows depends on no clock and no goroutine.
var scripts = []func(*script){
	bothDial, halfOpen, wholeFrames, bounds, silence, lostAnswers, otherProcesses, cancelled, stalled, walk, walk, walk,
}

// script is two ends and what lies between them.
type script struct {
	*toolbox.Driver
	*system
	seed int64
}

type args = map[string]trace.Value

func scripted(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("scripted", run.Seed), func(rec *trace.Recorder) error {
		s := &script{system: newEnds(rec, limits), seed: run.Seed}
		s.Driver = toolbox.Drive(s.Steps)
		toolbox.Pick(scripts, run.Seed-1)(s)
		return s.Err()
	})
}

// try takes a step of a node, which may be refused.
func (s *script) try(step, node string, more ...args) error {
	all := args{"node": node}
	for _, m := range more {
		maps.Copy(all, m)
	}
	return s.Steps.Do(step, all)
}

func (s *script) do(step, node string, more ...args) { s.Must(s.try(step, node, more...)) }

// refuses tries a step that a rule forbids.
func (s *script) refuses(step, node string, more ...args) {
	s.Refused(s.try(step, node, more...), conformance.ErrRefused)
}

func (s *script) ask(node string, bodies ...string) {
	for _, body := range bodies {
		s.do("Ask", node, args{"text": body})
	}
}

// begin writes a frame except for its last byte: the next request, the next answer, or
// a heartbeat.
func (s *script) begin(step, node string) error {
	number, _ := s.ends[node].core.Next(step)
	return s.try(step, node, args{"number": int(number)})
}

func (s *script) send(step, node string, times int) {
	for range times {
		s.Must(s.begin(step, node))
		s.do("Finish", node)
	}
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

func (s *script) receive(c ssc.Connection, node string, times int) {
	for range times {
		s.Must(s.arrives(c, node))
	}
}

func (s *script) handle(node string, numbers ...int) {
	for _, number := range numbers {
		s.do("Handle", node, args{"number": number})
	}
}

func (s *script) dial(node string) ssc.Connection {
	s.do("Dial", node)
	return s.ends[node].dial
}

// connect makes a connection that the other end accepts.
func (s *script) connect(node string) ssc.Connection {
	c := s.dial(node)
	s.receive(c, other(node), 1)
	s.receive(c, node, 1)
	return c
}

// answered brings requests to the other end, and their answers back.
func (s *script) answered(c ssc.Connection, node string, numbers ...int) {
	for _, number := range numbers {
		s.send("SendRequest", node, 1)
		s.receive(c, other(node), 1)
		s.handle(other(node), number)
		s.send("SendAnswer", other(node), 1)
		s.receive(c, node, 1)
	}
}

// bothDial: both ends dial at once, and the connection with the greater epoch counts.
func bothDial(s *script) {
	s.ask("a", "t1")
	s.ask("b", "t2")
	first, second := s.dial("a"), s.dial("b")
	s.receive(first, "b", 1) // it rejects the connection
	s.receive(second, "a", 1)
	s.receive(second, "b", 1)
	s.answered(second, "a", 1)
	s.answered(second, "b", 1)
	s.ask("a", "t3", "t4")
	s.answered(second, "a", 2, 3)
	s.refuses("Dial", "a")
}

// halfOpen: one end loses a connection that the other one still has open.
func halfOpen(s *script) {
	s.ask("a", "t1", "t2")
	first := s.connect("a")
	s.answered(first, "a", 1)
	s.send("SendRequest", "a", 1)
	s.do("Lose", "b")
	s.ask("b", "t3")
	second := s.connect("b") // and a has both
	s.Refused(s.arrives(first, "b"), conformance.ErrRefused)
	s.answered(second, "a", 2)
	s.answered(second, "b", 1)
}

// wholeFrames: one frame at a time, from its first byte to its last.
func wholeFrames(s *script) {
	s.ask("a", "t1", "t2", longest)
	c := s.connect("a")
	s.Must(s.begin("SendRequest", "a"))
	s.Refused(s.arrives(c, "b"), conformance.ErrRefused)
	s.Refused(s.begin("SendRequest", "a"), conformance.ErrRefused)
	s.Refused(s.begin("SendHeartbeat", "a"), conformance.ErrRefused)
	s.do("Finish", "a")
	s.refuses("Finish", "a")
	s.send("SendRequest", "a", 1) // two frames are under way
	s.receive(c, "b", 2)
	s.handle("b", 1, 2)
	s.Must(s.begin("SendAnswer", "b"))
	s.Refused(s.arrives(c, "a"), conformance.ErrRefused)
	s.do("Finish", "b")
	s.send("SendAnswer", "b", 1)
	s.send("SendHeartbeat", "b", 1)
	s.receive(c, "a", 3)
	s.answered(c, "a", 3)
}

// bounds: the length of a message, and the number of requests at each end.
func bounds(s *script) {
	s.refuses("Ask", "a", args{"text": tooLong})
	s.ask("a", "t1", "t2", "t3", longest)
	s.refuses("Ask", "a", args{"text": "t5"})
	c := s.connect("a")
	s.send("SendRequest", "a", window)
	s.receive(c, "b", room)
	s.Refused(s.arrives(c, "b"), conformance.ErrRefused)
	s.do("Cancel", "a", args{"number": 2, "sent": true})
	s.refuses("Ask", "a", args{"text": "t5"}) // the other end still has the second one
	s.handle("b", 1)
	s.receive(c, "b", 1)
	s.send("SendAnswer", "b", 1)
	s.receive(c, "a", 1)
	s.ask("a", "t5", "t6") // the answer to the first one makes room for two
	s.refuses("Ask", "a", args{"text": "t7"})
	s.handle("b", 2, 3)
	s.receive(c, "b", 1)
	s.handle("b", 4)
	s.send("SendAnswer", "b", 3)
	s.receive(c, "a", 3)
	s.answered(c, "a", 5, 6)
}

// silence: an end that is silent for long is dead, and a heartbeat before begins anew.
func silence(s *script) {
	s.ask("b", "t1")
	s.do("Dial", "b")
	s.do("DialFails", "b")
	first := s.connect("b")
	for range missed - 1 {
		s.do("MissHeartbeat", "a")
	}
	s.refuses("TimeOut", "a")
	s.send("SendHeartbeat", "b", 2)
	s.receive(first, "a", 2)
	for range missed {
		s.do("MissHeartbeat", "a")
	}
	s.refuses("MissHeartbeat", "a")
	s.do("TimeOut", "a")
	s.answered(s.connect("a"), "b", 1)
}

// lostAnswers: requests are handled, and the connection breaks before their answers
// arrive.
func lostAnswers(s *script) {
	s.ask("a", "t1", "t2", "t3", "t4")
	first := s.connect("a")
	s.send("SendRequest", "a", 3)
	for number := range 2 {
		s.receive(first, "b", 1)
		s.handle("b", number+1)
	}
	s.receive(first, "b", 1)
	s.send("SendAnswer", "b", 2)
	s.receive(first, "a", 1)
	s.do("Lose", "a")
	second := s.connect("a")
	s.send("SendRequest", "a", 3)
	s.receive(second, "b", 2) // for the third one the handler has no answer yet
	s.handle("b", 3)
	s.receive(second, "b", 1)
	s.handle("b", 4)
	s.send("SendAnswer", "b", 3)
	s.receive(second, "a", 3)
}

// otherProcesses: another process takes the place of either end.
func otherProcesses(s *script) {
	s.ask("a", "t1")
	first := s.connect("a")
	s.send("SendRequest", "a", 1)
	s.receive(first, "b", 1)
	s.do("Restart", "b")
	s.ask("a", "t2", "t3")
	s.do("Lose", "a")
	second := s.connect("a") // the caller of the first request is told that its outcome is unknown
	s.answered(second, "a", 2)
	s.send("SendRequest", "a", 1)
	s.receive(second, "b", 1)
	s.ask("b", "t4")
	s.send("SendRequest", "b", 1)
	s.do("Restart", "a")
	s.ask("a", "t5")
	low := s.connect("a") // b rejects an epoch that it has seen, and names the newest
	s.refuses("Finish", "a")
	s.Check(s.ends["a"].open != low, "an old epoch is accepted")
	s.ask("b", "t6")
	third := s.connect("a")
	s.answered(third, "a", 1)
	s.answered(third, "b", 2)
}

// cancelled: callers stop waiting, before and after their requests were sent.
func cancelled(s *script) {
	cancel := func(number uint64) {
		r := s.ends["a"].requests[number]
		s.do("Cancel", "a", args{"number": int(number), "sent": s.ends["a"].core.WasSent(r)})
	}
	s.ask("a", "t1", "t2", "t3")
	cancel(1)
	c := s.connect("a")
	cancel(3)
	s.send("SendRequest", "a", 1)
	cancel(2)
	s.receive(c, "b", 1)
	s.handle("b", 2)
	s.send("SendAnswer", "b", 1)
	s.ask("a", "t4")
	s.receive(c, "a", 1) // its caller does not wait any more
	s.answered(c, "a", 4)
}

// stalled: an end does not read what the other one has written.
func stalled(s *script) {
	s.ask("a", "t1", "t2")
	c := s.connect("a")
	s.refuses("Stall", "a")
	s.send("SendRequest", "a", 1)
	s.Must(s.begin("SendRequest", "a"))
	s.do("Stall", "a")
	s.do("MissHeartbeat", "b")
	s.receive(c, "b", 1)
	second := s.connect("a")
	s.send("SendRequest", "a", 2)
	s.receive(second, "b", 2)
	s.handle("b", 1, 2)
	s.send("SendAnswer", "b", 2)
	s.receive(second, "a", 2)
}

// walk is random work of both ends. What cannot be done is refused.
func walk(s *script) {
	for _, op := range toolbox.Workload[struct{ Kind, Node, Choice uint8 }](s.seed, 200, 200) {
		s.Allow(s.anything(toolbox.Pick(names, op.Node), int(op.Kind%64), op.Choice), conformance.ErrRefused)
	}
}

func (s *script) anything(node string, kind int, choice uint8) error {
	e, c := s.ends[node], s.ends[node].open
	for _, d := range []ssc.Connection{e.dial, s.ends[other(node)].dial} {
		if len(s.wires[d][node]) > 0 && d.Epoch >= c.Epoch {
			c = d
		}
	}
	switch {
	case kind < 22:
		return s.arrives(c, node)
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
