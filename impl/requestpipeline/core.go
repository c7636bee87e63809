package requestpipeline

import (
	"errors"
	"slices"

	"github.com/lockstep-tla/lockstep/trace"
)

// Connection is the name of a connection: the number of the client's process that has made
// it, and how many that process had made then.
type Connection struct{ Process, Epoch uint64 }

func (c Connection) isOlder(than Connection) bool {
	return c.Process < than.Process || c.Process == than.Process && c.Epoch < than.Epoch
}

// View implements trace.Viewer.
func (c Connection) View(o *trace.Object) { o.Count("process", c.Process).Uint("epoch", c.Epoch) }

// Message is a request or an answer. Both have the number of the request. Sent is the step
// that has sent it, where steps are recorded.
type Message struct {
	Number uint64
	Body   []byte
	Sent   trace.Stamp
}

// View implements trace.Viewer.
func (m Message) View(o *trace.Object) { o.Uint("number", m.Number).String("text", text(m.Body)) }

// Call is a request and the caller that waits for its answer.
type Call struct {
	number uint64 // 0 until it is sent
	body   []byte
	waits  bool // the caller does

	done   chan struct{} // closed when the rest is set
	answer []byte
	err    error
}

// Done is closed when the caller is told.
func (c *Call) Done() <-chan struct{} { return c.done }

// Result is what the caller is told: an answer, or ErrUnknown or ErrNotSent. It is for
// use when Done is closed.
func (c *Call) Result() ([]byte, error) { return c.answer, c.err }

func (c *Call) settle(answer []byte, err error) {
	c.waits, c.answer, c.err = false, answer, err
	close(c.done)
}

// message is the request as it is sent.
func (c *Call) message(rec *trace.Recorder) Message {
	return Message{Number: c.number, Body: c.body, Sent: rec.Stamp()}
}

type status string

const (
	isClosed status = "closed"
	isDown   status = "down" // there is no connection
	isOpen   status = "open"
)

// Core is the client without goroutines, locks and sockets: a method for each step of the
// spec, and one for each of its rules. A step that the present state does not allow returns
// ErrNotAllowed and changes nothing. Only one goroutine at a time may use it.
type Core struct {
	name string
	max  int
	rec  *trace.Recorder

	process, epoch uint64
	status         status
	last           uint64  // the number of the last request that has got one
	queue          []*Call // that wait for a place in flight
	window         []*Call // in flight
	todo           int     // how many of the last of these this connection has not carried yet
}

// NewCore returns a client that has not started: its first step is Restart. The number
// of requests in flight is at most maxInFlight.
func NewCore(name string, maxInFlight int, rec *trace.Recorder) *Core {
	return &Core{name: name, max: maxInFlight, rec: rec, status: isClosed}
}

// Current is the connection that was made last; its Epoch is 0 if there was none.
func (c *Core) Current() Connection { return Connection{c.process, c.epoch} }

// out is how many requests this connection has carried that are not answered.
func (c *Core) out() int { return len(c.window) - c.todo }

// inFlight is the place of a call in flight, -1 if it is not.
func (c *Core) inFlight(call *Call) int { return slices.Index(c.window, call) }

// Ask takes the request of a caller, which waits for a place in flight.
func (c *Core) Ask(body []byte) (*Call, error) {
	if c.status == isClosed {
		return nil, ErrNotAllowed
	}
	call := &Call{body: body, waits: true, done: make(chan struct{})}
	c.queue = append(c.queue, call)
	c.step("Ask").String("text", text(body)).State(c)
	return call, nil
}

// Send puts the next caller's request in flight, and returns it. The shell sends it.
func (c *Core) Send() (Message, error) {
	if c.status != isOpen || len(c.queue) == 0 || !c.HasRoom() || !c.MaySend() {
		return Message{}, ErrNotAllowed
	}
	i := c.NextInQueue()
	call := c.queue[i]
	c.queue = slices.Delete(c.queue, i, i+1)
	c.last++
	call.number = c.last
	c.window = append(c.window, call)
	c.step("Send").State(c)
	return call.message(c.rec), nil
}

// Resend returns the oldest request in flight that this connection has not carried.
func (c *Core) Resend() (Message, error) {
	if c.status != isOpen || c.todo < 1 || c.todo > len(c.window) {
		return Message{}, ErrNotAllowed
	}
	call := c.window[len(c.window)-c.todo]
	c.todo--
	c.step("Resend").State(c)
	return call.message(c.rec), nil
}

// Cancel tells a caller that does not wait any longer what is known of its request.
func (c *Core) Cancel(call *Call) error {
	if !call.waits {
		return ErrNotAllowed
	}
	name, outcome := c.outcome(call)
	if i := slices.Index(c.queue, call); i >= 0 {
		c.queue = slices.Delete(c.queue, i, i+1)
	} else if i := c.inFlight(call); i >= 0 {
		c.window = slices.Replace(c.window, i, i+1, c.Cancelled(call)...)
	}
	call.waits = false
	c.step("Cancel").String("text", text(call.body)).String("outcome", name).State(c)
	call.settle(nil, outcome)
	return nil
}

// outcome is what a caller is told that gets no answer.
func (c *Core) outcome(call *Call) (name string, err error) {
	if c.MayHaveRun(call) {
		return "unknown", ErrUnknown
	}
	return "not sent", ErrNotSent
}

// Receive takes the answer to the head of those in flight.
func (c *Core) Receive(conn Connection, m Message) error {
	if !c.IsCurrent(conn) || !c.Matches(m.Number) {
		return ErrNotAllowed
	}
	head := c.window[0]
	c.window = slices.Delete(c.window, 0, 1)
	c.on("Receive", conn, m).State(c)
	if head.waits {
		head.settle(m.Body, nil)
	}
	return nil
}

// ProtocolError ends a connection that has brought another answer than that of the head.
func (c *Core) ProtocolError(conn Connection, m Message) error {
	if !c.IsCurrent(conn) || c.Matches(m.Number) {
		return ErrNotAllowed
	}
	c.status = isDown
	c.on("ProtocolError", conn, m).State(c)
	return nil
}

// Lose gives the connection up: reading or writing has failed, or no answer comes.
func (c *Core) Lose(conn Connection) error {
	if c.status != isOpen || conn != c.Current() {
		return ErrNotAllowed
	}
	c.status = isDown
	c.step("Lose").State(c)
	return nil
}

// Connect takes a connection that was made, and returns its name.
func (c *Core) Connect() (Connection, error) {
	if c.status != isDown {
		return Connection{}, ErrNotAllowed
	}
	c.epoch++
	c.status, c.todo = isOpen, c.MustResend()
	c.step("Connect").State(c)
	return c.Current(), nil
}

// Close tells all callers that wait what is known of their requests.
func (c *Core) Close() error {
	if c.status == isClosed {
		return ErrNotAllowed
	}
	unknown, unsent := c.Waiting()
	c.status, c.queue, c.window, c.todo = isClosed, nil, nil, 0
	c.step("Close").Strings("unknown", textsOf(unknown)...).Strings("unsent", textsOf(unsent)...).State(c)
	for _, call := range unknown {
		call.settle(nil, errors.Join(ErrUnknown, ErrClosed))
	}
	for _, call := range unsent {
		call.settle(nil, errors.Join(ErrNotSent, ErrClosed))
	}
	return nil
}

// Waiting returns the calls that Close would end: those that may have been processed, and
// the others, each in the order of their places.
func (c *Core) Waiting() (unknown, unsent []*Call) {
	for _, call := range slices.Concat(c.queue, c.window) {
		if !call.waits || !c.MustFail(call) {
			continue
		}
		if c.MayHaveRun(call) {
			unknown = append(unknown, call)
		} else {
			unsent = append(unsent, call)
		}
	}
	return unknown, unsent
}

func textsOf(calls []*Call) []string {
	texts := make([]string, len(calls))
	for i, call := range calls {
		texts[i] = text(call.body)
	}
	return texts
}

// Restart begins the next process, with a number of its own.
func (c *Core) Restart(process uint64) error {
	if c.status != isClosed || !c.IsNewProcess(process) {
		return ErrNotAllowed
	}
	c.process, c.epoch, c.status, c.last = process, 0, isDown, 0
	c.step("Restart").Count("process", process).State(c)
	return nil
}

// Idle says whether nothing is owed: no caller waits, and no request is in flight.
func (c *Core) Idle() bool { return len(c.queue)+len(c.window) == 0 }

// Quiet records, for an observer, that nothing is owed.
func (c *Core) Quiet() { c.step("Quiet").State(c) }

func (c *Core) step(name string) *trace.Step { return c.rec.Step(name).String("node", c.name) }

// on begins to record a step that a message on a connection brings.
func (c *Core) on(name string, conn Connection, m Message) *trace.Step {
	return c.step(name).Heard(m.Sent).Object("connection", conn).Object("frame", m)
}

// View implements trace.Viewer: the spec's View of the client.
func (c *Core) View(o *trace.Object) {
	o.Count("process", c.process).Uint("epoch", c.epoch).String("status", string(c.status)).Uint("last", c.last)
	o.Strings("queue", textsOf(c.queue)...)
	o.Objects("window", len(c.window), func(i int) trace.Viewer { return shown{c.window[i]} })
	o.Int("todo", c.todo)
}

type shown struct{ *Call }

// View implements trace.Viewer.
func (s shown) View(o *trace.Object) {
	o.Uint("number", s.number).String("text", text(s.body)).Bool("waits", s.waits)
}
