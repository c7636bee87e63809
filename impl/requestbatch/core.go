package requestbatch

import (
	"fmt"
	"slices"

	"github.com/lockstep-tla/lockstep/trace"
)

// Outcome is what a caller is told.
type Outcome string

// The outcomes of a request.
const (
	OK      Outcome = "ok"
	Failed  Outcome = "failed"  // by itself
	Unknown Outcome = "unknown" // its batch was given up
)

// Limits bound a Core.
type Limits struct {
	MaxSize  int    // of a batch, in whatever unit Ask is told sizes in
	Linger   uint64 // how long a request waits for others, in microseconds
	MaxQueue int    // how many requests wait
}

// Call is a request and the caller that waits for its answer.
type Call struct {
	id    uint64
	size  int
	since uint64
	body  []byte

	done   chan struct{} // closed when the rest is set
	answer []byte
	err    error
}

// Done is closed when the caller is told.
func (c *Call) Done() <-chan struct{} { return c.done }

// Result is what the caller is told: an answer, or ErrFailed or ErrUnknown. It is for use
// when Done is closed.
func (c *Call) Result() ([]byte, error) { return c.answer, c.err }

func (c *Call) settle(outcome Outcome, body []byte) {
	switch outcome {
	case OK:
		c.answer = body
	case Failed:
		c.err = fmt.Errorf("%w: %s", ErrFailed, body)
	default:
		c.err = ErrUnknown
	}
	close(c.done)
}

// View implements trace.Viewer.
func (c *Call) View(o *trace.Object) {
	o.Uint("id", c.id).Int("size", c.size).Uint("since", c.since)
}

func total(calls []*Call, n int) (sum int) {
	for _, call := range calls[:n] {
		sum += call.size
	}
	return sum
}

// Core is the client without goroutines, locks and clock: a method for each step of the
// spec, and one for each of its rules. A step that the present state does not allow returns
// ErrNotAllowed and changes nothing. Only one goroutine at a time may use it.
type Core struct {
	name   string
	limits Limits
	rec    *trace.Recorder

	last   uint64  // the number of the last request
	queue  []*Call // that wait
	number uint64  // of the last batch
	flight []*Call // the requests of that batch, until it has ended
	now    uint64  // microseconds
	closed bool
}

// NewCore returns a client without requests.
func NewCore(name string, limits Limits, rec *trace.Recorder) *Core {
	return &Core{name: name, limits: limits, rec: rec}
}

// Ask takes the request of a caller, which waits.
func (c *Core) Ask(body []byte, size int) (*Call, error) {
	if c.closed || !c.HasRoom() || size < 1 {
		return nil, ErrNotAllowed
	}
	c.last++
	call := &Call{id: c.last, size: size, since: c.now, body: body, done: make(chan struct{})}
	c.queue = append(c.queue, call)
	c.step("Ask").Int("size", size).State(c)
	return call, nil
}

// Refuse says why a caller's request is not taken: ErrClosed or ErrFull.
func (c *Core) Refuse() error {
	reason := ErrFull
	if c.closed {
		reason = ErrClosed
	} else if c.HasRoom() {
		return ErrNotAllowed
	}
	c.last++
	c.step("Refuse").State(c)
	return reason
}

// IsDue says whether a batch must be cut before time goes on.
func (c *Core) IsDue() bool {
	return c.MayCut() && len(c.queue) > 0 && (c.IsFull() || c.IsOld() || c.MustFlush())
}

// count is how many requests the next batch has.
func (c *Core) count() (most int) {
	for n := 1; n <= len(c.queue) && (c.Fits(n) || c.IsAlone(n)); n++ {
		most = n
	}
	return most
}

// Cut takes the next batch from the front of the queue.
func (c *Core) Cut() error {
	if !c.IsDue() {
		return ErrNotAllowed
	}
	n := c.count()
	if n == 0 {
		return ErrNotAllowed
	}
	c.flight, c.queue = slices.Clone(c.queue[:n]), slices.Delete(c.queue, 0, n)
	c.number++
	c.step("Cut").State(c)
	return nil
}

// Send returns the batch in flight, for the first time or again. The shell sends it.
func (c *Core) Send() (Message, error) {
	if len(c.flight) == 0 {
		return Message{}, ErrNotAllowed
	}
	c.step("Send").State(c)
	batch := Message{Client: c.name, Number: c.number, Sent: c.rec.Stamp()}
	for _, call := range c.Attempt() {
		batch.Items = append(batch.Items, Item{ID: call.id, Body: call.body})
	}
	return batch, nil
}

// Fail is taken when the transport says that an attempt will not be answered.
func (c *Core) Fail() error {
	if len(c.flight) == 0 {
		return ErrNotAllowed
	}
	stay, wait := c.StaysInFlight()
	c.flight, c.queue = stay, append(c.queue, wait...)
	c.step("Fail").State(c)
	return nil
}

// Told is what a reply tells a caller: how its request has ended, and whose answer that is.
type Told struct {
	Caller, Of uint64
	Outcome    Outcome
}

// View implements trace.Viewer.
func (t Told) View(o *trace.Object) {
	o.Uint("caller", t.Caller).Uint("of", t.Of).String("outcome", string(t.Outcome))
}

// ToldBy returns what Receive would tell callers.
func (c *Core) ToldBy(reply Message) (told []Told) {
	c.match(reply, func(call *Call, answer Item) {
		told = append(told, Told{Caller: call.id, Of: answer.ID, Outcome: answer.outcome()})
	})
	return told
}

// match calls do for the requests in flight to which a reply has an answer, in their order.
func (c *Core) match(reply Message, do func(*Call, Item)) {
	if !c.IsOurs(reply) {
		return
	}
	n := len(reply.Items)
	for k, call := range c.flight {
		for j := range n {
			if i := (k + j) % n; c.IsAnswerTo(reply, i, k) { // mostly at the same place
				do(call, reply.Items[i])
				break
			}
		}
	}
}

// Receive takes a reply. It ends the batch in flight if it is the reply to that.
func (c *Core) Receive(reply Message) error {
	told := c.ToldBy(reply)
	var settle []func()
	c.match(reply, func(call *Call, answer Item) {
		settle = append(settle, func() { call.settle(answer.outcome(), answer.Body) })
	})
	if c.IsOurs(reply) {
		c.flight = nil
	}
	c.step("Receive").Heard(reply.Sent).Object("reply", Reply(reply)).
		Objects("told", len(told), func(i int) trace.Viewer { return told[i] }).State(c)
	for _, tell := range settle {
		tell()
	}
	return nil
}

// GiveUp ends the batch in flight without a reply.
func (c *Core) GiveUp() error {
	if len(c.flight) == 0 {
		return ErrNotAllowed
	}
	calls, outcome := c.flight, GivenUpOutcome()
	c.flight = nil
	c.step("GiveUp").String("outcome", string(outcome)).State(c)
	for _, call := range calls {
		call.settle(outcome, nil)
	}
	return nil
}

// Tick says what the monotonic clock reads, in microseconds, when nothing is due.
func (c *Core) Tick(to uint64) error {
	if to <= c.now || c.IsDue() {
		return ErrNotAllowed
	}
	c.now = to
	c.step("Tick").Uint("to", to).State(c)
	return nil
}

// Close takes no more requests.
func (c *Core) Close() error {
	if c.closed {
		return ErrNotAllowed
	}
	c.closed = true
	c.step("Close").State(c)
	return nil
}

// InFlight says whether a batch is in flight.
func (c *Core) InFlight() bool { return len(c.flight) > 0 }

// Wait is how long, in microseconds, the oldest request may wait yet; false if none waits.
func (c *Core) Wait() (rest uint64, waits bool) {
	if len(c.queue) == 0 {
		return 0, false
	}
	if age := c.now - c.queue[0].since; age < c.limits.Linger {
		rest = c.limits.Linger - age
	}
	return rest, true
}

// Idle says whether nothing is owed: no request waits, and no batch is in flight.
func (c *Core) Idle() bool { return len(c.queue)+len(c.flight) == 0 }

// Quiet records, for an observer, that nothing is owed.
func (c *Core) Quiet() { c.step("Quiet").State(c) }

func (c *Core) step(name string) *trace.Step { return c.rec.Step(name).String("node", c.name) }

// View implements trace.Viewer: the spec's View of the client.
func (c *Core) View(o *trace.Object) {
	o.Uint("last", c.last).Uint("number", c.number).Uint("now", c.now).Bool("closed", c.closed)
	o.Objects("queue", len(c.queue), func(i int) trace.Viewer { return c.queue[i] })
	o.Objects("flight", len(c.flight), func(i int) trace.Viewer { return c.flight[i] })
}
