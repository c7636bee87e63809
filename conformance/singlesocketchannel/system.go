package singlesocketchannel

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	ssc "github.com/lockstep-tla/lockstep/impl/singlesocketchannel"
	"github.com/lockstep-tla/lockstep/trace"
)

// system is two cores, driven step by step, and the wires between them.
type system struct {
	*toolbox.Steps
	maxMessage int
	ends       map[string]*end
	wires      map[ssc.Connection]map[string][]*item // by connection, and the end that they lead to
}

// end is one end, with the data that its shell would hold.
type end struct {
	name        string
	core        *ssc.Core
	incarnation uint64                  // the number of its process
	dial        ssc.Connection          // the last one dialled
	open        ssc.Connection          // the last one opened
	frame       []byte                  // being written
	requests    map[uint64]*ssc.Request // those whose callers have not been told anything
	asked       uint64
	bodies      map[uint64][]byte // of the requests received
}

// item is something on a wire: a greeting, or the bytes of a frame.
type item struct {
	greeting string
	number   uint64
	kind     string // of a frame
	bytes    []byte
}

// small are the bounds of the model that is explored.
var small = ssc.Limits{Window: 2, Room: 1, Silence: 1, MaxMessage: 3}

func newSystem(rec *trace.Recorder) (conformance.System, error) { return newEnds(rec, small), nil }

func newEnds(rec *trace.Recorder, limits ssc.Limits) *system {
	s := &system{maxMessage: limits.MaxMessage, ends: map[string]*end{}, wires: map[ssc.Connection]map[string][]*item{}}
	for _, name := range names {
		s.ends[name] = newEnd(name, ssc.NewCore(name, other(name), 1, limits, rec), 1)
	}
	s.Steps = &toolbox.Steps{Refusal: ssc.ErrNotAllowed, Take: map[string]toolbox.Step{
		"Dial":      s.at(s.dial),
		"DialFails": s.at(func(e *end, _ *trace.Record) error { return e.core.DialFails(e.dial) }),
		"Accept": s.greeted("hello", "", func(e *end, c ssc.Connection, _ uint64) (*item, error) {
			return &item{greeting: "welcome", number: e.incarnation}, e.opened(c, e.core.Accept(c))
		}),
		"Reject": s.greeted("hello", "", func(e *end, c ssc.Connection, _ uint64) (*item, error) {
			newest, err := e.core.Reject(c)
			return &item{greeting: "refused", number: newest}, err
		}),
		"Open": s.greeted("welcome", "process", func(e *end, c ssc.Connection, process uint64) (*item, error) {
			return nil, e.opened(c, e.core.Open(c, process))
		}),
		"Refused": s.greeted("refused", "newest", func(e *end, c ssc.Connection, newest uint64) (*item, error) {
			return nil, e.core.Refused(c, newest)
		}),
		"Ask":              s.at(s.ask),
		"Cancel":           s.at(s.cancel),
		"SendRequest":      s.at(s.sends("SendRequest", (*ssc.Core).SendRequest)),
		"SendAnswer":       s.at(s.sends("SendAnswer", (*ssc.Core).SendAnswer)),
		"SendHeartbeat":    s.at(s.sends("", (*ssc.Core).SendHeartbeat)),
		"Finish":           s.at(s.finish),
		"ReceiveRequest":   s.received("request", (*ssc.Core).ReceiveRequest),
		"ReceiveAgain":     s.received("request", (*ssc.Core).ReceiveAgain),
		"ReceiveAnswer":    s.received("answer", (*ssc.Core).ReceiveAnswer),
		"ReceiveHeartbeat": s.received("heartbeat", (*ssc.Core).ReceiveHeartbeat),
		"Handle":           s.at(s.handle),
		"MissHeartbeat":    s.on((*ssc.Core).MissHeartbeat),
		"TimeOut":          s.on((*ssc.Core).TimeOut),
		"Lose":             s.on((*ssc.Core).Lose),
		"Stall":            s.at(s.stall),
		"Restart":          s.at(s.restart),
		"Quiet":            s.at(s.quiet),
	}}
	return s
}

func newEnd(name string, core *ssc.Core, incarnation uint64) *end {
	return &end{name: name, core: core, incarnation: incarnation, requests: map[uint64]*ssc.Request{}, bodies: map[uint64][]byte{}}
}

// names are the two ends. The epochs of the first one are odd.
var names = []string{"a", "b"}

func other(name string) string { return map[string]string{"a": "b", "b": "a"}[name] }

// results says whether a caller may be told this by a step.
type results func(answer []byte, err error) bool

func nothing([]byte, error) bool            { return false }
func unknown(answer []byte, err error) bool { return answer == nil && errors.Is(err, ssc.ErrUnknown) }
func notSent(answer []byte, err error) bool { return answer == nil && errors.Is(err, ssc.ErrNotSent) }
func replied(f *ssc.Frame) results {
	return func(answer []byte, err error) bool { return err == nil && bytes.Equal(answer, f.Body) }
}

// tells compares what callers were told with what the step that was taken says.
// Callers whose requests are pending still wait, and all others have been told.
func (e *end) tells(may results) error {
	view, err := trace.ValueOf(e.core)
	if err != nil {
		return err
	}
	pending, _ := view["pending"].([]trace.Value)
	for number, r := range e.requests {
		answer, failure, told := r.Result()
		waits := slices.Contains(pending, trace.Value(int(number)))
		if waits == told || told && !may(answer, failure) {
			return fmt.Errorf("request %d of %s is pending: %v; its caller is told %q, %v", number, e.name, waits, answer, failure)
		}
		if told {
			delete(e.requests, number)
		}
	}
	return nil
}

// at takes a step of one end, by which no caller is told anything unless the step
// says so itself.
func (s *system) at(take func(*end, *trace.Record) error) toolbox.Step {
	return func(a *trace.Record) error {
		e := s.ends[a.String("node")]
		if e == nil {
			return fmt.Errorf("no node %v", a.Value("node"))
		}
		if err := take(e, a); err != nil {
			return err
		}
		return e.tells(nothing)
	}
}

// on takes a step on the connection that was opened last.
func (s *system) on(take func(*ssc.Core, ssc.Connection) error) toolbox.Step {
	return s.at(func(e *end, _ *trace.Record) error { return take(e.core, e.open) })
}

func (s *system) put(c ssc.Connection, to string, it *item) {
	s.wires[c][to] = append(s.wires[c][to], it)
}

func (s *system) dial(e *end, _ *trace.Record) error {
	c, err := e.core.Dial()
	if err == nil {
		e.dial = c
		s.wires[c] = map[string][]*item{other(e.name): {{greeting: "hello"}}}
	}
	return err
}

func (s *system) ask(e *end, a *trace.Record) error {
	r, err := e.core.Ask([]byte(a.String("text")))
	if err == nil {
		e.asked++
		e.requests[e.asked] = r
	}
	return err
}

func (s *system) cancel(e *end, a *trace.Record) error {
	r, sent := e.requests[a.Uint("number")], a.Bool("sent")
	if r == nil || sent != e.core.WasSent(r) {
		return ssc.ErrNotAllowed // the caller would be told the opposite
	}
	if err := e.core.Cancel(r); err != nil {
		return err
	}
	if sent {
		return e.tells(unknown)
	}
	return e.tells(notSent)
}

// sends begins a frame: all of it except the last byte is on the wire.
func (s *system) sends(step string, send func(*ssc.Core, ssc.Connection) (*ssc.Frame, error)) func(*end, *trace.Record) error {
	return func(e *end, a *trace.Record) error {
		if step != "" {
			if next, ok := e.core.Next(step); !ok || next != a.Uint("number") {
				return ssc.ErrNotAllowed // it would send another one
			}
		}
		f, err := send(e.core, e.open)
		if err != nil {
			return err
		}
		e.frame = ssc.AppendFrame(nil, f)
		s.put(e.open, other(e.name), &item{kind: f.Kind.String(), bytes: bytes.Clone(e.frame[:len(e.frame)-1])})
		return nil
	}
}

func (s *system) finish(e *end, _ *trace.Record) error {
	err := e.core.Finish(e.open)
	if err == nil {
		wire := s.wires[e.open][other(e.name)]
		last := wire[len(wire)-1]
		last.bytes = append(last.bytes, e.frame[len(e.frame)-1])
	}
	return err
}

func (s *system) handle(e *end, a *trace.Record) error {
	number := a.Uint("number")
	return e.core.Handle(number, e.bodies[number], false)
}

func (s *system) stall(e *end, _ *trace.Record) error {
	if len(s.wires[e.open][other(e.name)]) == 0 {
		return ssc.ErrNotAllowed // the other end has read everything
	}
	return e.core.Stall(e.open)
}

// quiet lets an observer say that no caller waits, and that all requests were handled.
func (s *system) quiet(e *end, _ *trace.Record) error {
	for _, e := range s.ends {
		_, more := e.core.Next("Handle")
		under := e.core.IsCurrent(e.open) &&
			slices.ContainsFunc(s.wires[e.open][e.name], func(it *item) bool { return it.kind == "request" })
		if len(e.requests) > 0 || more || under {
			return ssc.ErrNotAllowed
		}
	}
	e.core.Quiet()
	return nil
}

// restart ends the process, which tells all its callers, and begins the next one.
func (s *system) restart(e *end, _ *trace.Record) error {
	want := map[*ssc.Request]error{}
	for _, r := range e.requests {
		want[r] = ssc.ErrNotSent
		if e.core.WasSent(r) {
			want[r] = ssc.ErrUnknown
		}
	}
	e.core.End()
	for r := range want {
		if _, err, told := r.Result(); !told || !errors.Is(err, want[r]) || !errors.Is(err, ssc.ErrClosed) {
			return fmt.Errorf("%s ends, and a caller is told %v in the place of %v", e.name, err, want[r])
		}
	}
	e.core.Restart()
	*e = *newEnd(e.name, e.core, e.incarnation+1)
	return nil
}

// first returns the connection that a step is about, and the first item on it.
func (s *system) first(e *end, a *trace.Record) (c ssc.Connection, it *item) {
	r := a.Record("connection")
	c = ssc.Connection{Incarnation: r.Uint("incarnation"), Epoch: r.Uint("epoch")}
	if wire := s.wires[c][e.name]; len(wire) > 0 {
		it = wire[0]
	}
	return c, it
}

// greeted takes a step for which a greeting has come, which may be answered. If the
// step has an argument for the number in the greeting, it must be that number.
func (s *system) greeted(kind, argument string, take func(e *end, c ssc.Connection, number uint64) (answer *item, err error)) toolbox.Step {
	return s.at(func(e *end, a *trace.Record) error {
		c, it := s.first(e, a)
		if it == nil || it.greeting != kind || argument != "" && a.Uint(argument) != it.number {
			return ssc.ErrNotAllowed
		}
		answer, err := take(e, c, it.number)
		if err != nil {
			return err
		}
		s.wires[c][e.name] = s.wires[c][e.name][1:]
		if answer != nil {
			s.put(c, other(e.name), answer)
		}
		return e.tells(unknown) // callers whose requests went to another process
	})
}

// opened notes the connection that a step has opened.
func (e *end) opened(c ssc.Connection, err error) error {
	if err == nil {
		e.open = c
	}
	return err
}

// received takes a frame, if all of it is there, and it is the one that is meant.
func (s *system) received(kind string, take func(*ssc.Core, ssc.Connection, *ssc.Frame) error) toolbox.Step {
	return s.at(func(e *end, a *trace.Record) error {
		c, it := s.first(e, a)
		f, shown := s.read(it)
		if f == nil || f.Kind.String() != kind || !trace.Equal(shown, a.Value("frame")) {
			return ssc.ErrNotAllowed
		}
		if err := take(e.core, c, f); err != nil {
			return err
		}
		s.wires[c][e.name] = s.wires[c][e.name][1:]
		if kind == "request" {
			e.bodies[f.Number] = f.Body
			return nil
		}
		return e.tells(replied(f))
	})
}

// read reads the frame on a wire as a reader would, and says how a trace shows it.
func (s *system) read(it *item) (*ssc.Frame, trace.Value) {
	if it == nil {
		return nil, nil
	}
	f, err := ssc.ReadFrame(bytes.NewReader(it.bytes), s.maxMessage)
	if err != nil {
		return nil, nil
	}
	if shown, err := trace.ValueOf(f); err == nil {
		return f, shown
	}
	return nil, nil // no trace could hold it
}
