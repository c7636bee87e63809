package singlesocketchannel

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/lockstep-tla/lockstep/conformance"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	"github.com/lockstep-tla/lockstep/trace"
)

// system is two cores, driven step by step, and the wires between them.
type system struct {
	ends  map[string]*end
	wires map[ssc.Connection]map[string][]*item // by connection and the end they lead to
}

// end is one end, with what its shell would hold.
type end struct {
	core     *ssc.Core
	life     uint64
	dial     ssc.Connection // the last one dialled
	open     ssc.Connection // the last one opened
	frame    []byte         // being written
	requests map[int]*ssc.Request
	asked    int
	texts    map[int][]byte // of the requests taken in
}

// item is something on a wire: a greeting, or the bytes of a frame.
type item struct {
	greeting string
	number   uint64
	bytes    []byte
}

// What the model of XSteps.cfg has.
var modelLimits = ssc.Limits{Window: 2, Room: 1, Silence: 1, MaxMessage: 3}

func newSystem(rec *trace.Recorder) (conformance.System, error) {
	s := &system{ends: map[string]*end{}, wires: map[ssc.Connection]map[string][]*item{}}
	for _, name := range []string{"a", "b"} {
		s.ends[name] = &end{
			core: ssc.NewCore(name, other(name), 1, modelLimits, rec), life: 1,
			requests: map[int]*ssc.Request{}, texts: map[int][]byte{},
		}
	}
	return s, nil
}

func other(name string) string { return map[string]string{"a": "b", "b": "a"}[name] }

// Close implements conformance.System.
func (s *system) Close() error { return nil }

// Do implements conformance.System.
func (s *system) Do(step string, args map[string]trace.Value) error {
	node, _ := args["node"].(string)
	e := s.ends[node]
	if e == nil {
		return fmt.Errorf("no node %q", node)
	}
	var err error
	if c, ok := args["connection"].(map[string]trace.Value); ok {
		life, _ := c["life"].(int)
		epoch, _ := c["epoch"].(int)
		err = s.comes(step, node, e, ssc.Connection{Life: uint64(life), Epoch: uint64(epoch)}, args)
	} else {
		err = s.does(step, node, e, args)
	}
	if errors.Is(err, ssc.ErrNotAllowed) {
		return conformance.ErrRefused
	}
	return err
}

// does takes a step for which nothing comes in.
func (s *system) does(step, node string, e *end, args map[string]trace.Value) (err error) {
	number, _ := args["number"].(int)
	switch step {
	case "Dial":
		var c ssc.Connection
		if c, err = e.core.Dial(); err == nil {
			e.dial = c
			s.wires[c] = map[string][]*item{other(node): {{greeting: "hello"}}}
		}
	case "DialFails":
		err = e.core.DialFails(e.dial)
	case "Ask":
		text, _ := args["text"].(string)
		var r *ssc.Request
		if r, err = e.core.Ask([]byte(text)); err == nil {
			e.asked++
			e.requests[e.asked] = r
		}
	case "GiveUp":
		r := e.requests[number]
		if sent, _ := args["sent"].(bool); r == nil || sent != e.core.WasSent(r) {
			return ssc.ErrNotAllowed // it would say otherwise
		}
		err = e.core.GiveUp(r)
	case "SendRequest", "SendAnswer", "Beat":
		err = s.sends(step, node, e, uint64(number))
	case "Finish":
		if err = e.core.Finish(e.open); err == nil {
			wire := s.wires[e.open][other(node)]
			last := wire[len(wire)-1]
			last.bytes = append(last.bytes, e.frame[len(e.frame)-1])
		}
	case "Handle":
		err = e.core.Handle(uint64(number), e.texts[number], false)
	case "Quiet":
		err = e.core.Quiet(e.open)
	case "TimeOut":
		err = e.core.TimeOut(e.open)
	case "Lose":
		err = e.core.Lose(e.open)
	case "Stall":
		if len(s.wires[e.open][other(node)]) == 0 {
			return ssc.ErrNotAllowed // all of it was read
		}
		err = e.core.Stall(e.open)
	case "Restart":
		e.core.Restart()
		*e = end{core: e.core, life: e.life + 1, requests: map[int]*ssc.Request{}, texts: map[int][]byte{}}
	default:
		err = fmt.Errorf("unknown step %s", step)
	}
	return err
}

// sends begins with a frame: all but its last byte is on the wire.
func (s *system) sends(step, node string, e *end, number uint64) error {
	if next, ok := e.core.Next(step); step != "Beat" && (!ok || next != number) {
		return ssc.ErrNotAllowed // it would send another one
	}
	send := map[string]func(ssc.Connection) (*ssc.Frame, error){
		"SendRequest": e.core.SendRequest, "SendAnswer": e.core.SendAnswer, "Beat": e.core.Beat,
	}[step]
	f, err := send(e.open)
	if err != nil {
		return err
	}
	e.frame = ssc.AppendFrame(nil, f)
	s.put(e.open, other(node), &item{bytes: bytes.Clone(e.frame[:len(e.frame)-1])})
	return nil
}

func (s *system) put(c ssc.Connection, to string, it *item) {
	s.wires[c][to] = append(s.wires[c][to], it)
}

// comes takes a step for which something has come in.
func (s *system) comes(step, node string, e *end, c ssc.Connection, args map[string]trace.Value) (err error) {
	wire := s.wires[c][node]
	if len(wire) == 0 {
		return ssc.ErrNotAllowed
	}
	it := wire[0]
	if greeting := map[string]string{"Accept": "hello", "Reject": "hello", "Open": "welcome", "Refused": "refused"}[step]; greeting != it.greeting {
		return ssc.ErrNotAllowed
	}
	answer := &item{}
	switch step {
	case "Accept":
		err = e.core.Accept(c)
		answer = &item{greeting: "welcome", number: e.life}
	case "Reject":
		answer.greeting = "refused"
		answer.number, err = e.core.Reject(c)
	case "Open":
		if args["process"] != int(it.number) {
			return ssc.ErrNotAllowed
		}
		err = e.core.Open(c, it.number)
	case "Refused":
		if args["newest"] != int(it.number) {
			return ssc.ErrNotAllowed
		}
		err = e.core.Refused(c, it.number)
	default:
		err = s.takes(step, e, c, it, args)
	}
	if err != nil {
		return err
	}
	if step == "Accept" || step == "Open" {
		e.open = c
	}
	s.wires[c][node] = wire[1:]
	if answer.greeting != "" {
		s.put(c, other(node), answer)
	}
	return nil
}

// takes takes a frame, if all of it is there, and it is the one that is meant.
func (s *system) takes(step string, e *end, c ssc.Connection, it *item, args map[string]trace.Value) error {
	f, err := ssc.ReadFrame(bytes.NewReader(it.bytes), modelLimits.MaxMessage)
	if err != nil {
		return ssc.ErrNotAllowed
	}
	want, _ := args["frame"].(map[string]trace.Value)
	if want["number"] != int(f.Number) || want["text"] != string(f.Body) || want["oldest"] != int(f.Oldest) || want["kind"] != f.Kind.String() {
		return ssc.ErrNotAllowed
	}
	kind := map[string]string{"ReceiveRequest": "request", "ReceiveAgain": "request", "ReceiveAnswer": "answer", "ReceiveBeat": "beat"}[step]
	if kind != f.Kind.String() {
		return ssc.ErrNotAllowed
	}
	take := map[string]func(ssc.Connection, *ssc.Frame) error{
		"ReceiveRequest": e.core.ReceiveRequest, "ReceiveAgain": e.core.ReceiveAgain,
		"ReceiveAnswer": e.core.ReceiveAnswer, "ReceiveBeat": e.core.ReceiveBeat,
	}[step]
	if err := take(c, f); err != nil {
		return err
	}
	if step == "ReceiveRequest" {
		e.texts[int(f.Number)] = f.Body
	}
	return nil
}
