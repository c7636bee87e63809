package singlesocketchannel

import "slices"

// Ask makes a request.
func (c *Core) Ask(body []byte) (*Request, error) {
	if c.over || !c.Fits(len(body)) || !c.HasRoom() {
		return nil, ErrNotAllowed
	}
	c.asked++
	r := &Request{number: c.asked, body: body, done: make(chan struct{})}
	c.pending = append(c.pending, r)
	if len(c.open) > 0 {
		c.todo = append(c.todo, r)
	}
	if s := c.step("Ask"); s != nil {
		s.String("text", text(body)).State(c)
	}
	return r, nil
}

// Cancel ends the wait of a caller, which is told whether its request may have
// arrived.
func (c *Core) Cancel(r *Request) error {
	is := func(other *Request) bool { return other == r }
	before := len(c.pending)
	if c.pending = without(c.pending, is); len(c.pending) == before {
		return ErrNotAllowed
	}
	c.todo = without(c.todo, is)
	sent := c.WasSent(r)
	c.step("Cancel").Uint("number", r.number).Bool("sent", sent).State(c)
	if sent {
		r.settle(nil, ErrUnknown)
	} else {
		r.settle(nil, ErrNotSent)
	}
	return nil
}

// mayWrite says whether this connection may begin with a frame.
func (c *Core) mayWrite(conn Connection) bool {
	return len(c.open) > 0 && c.open[len(c.open)-1] == conn && c.MayWrite()
}

// Next returns the number that SendRequest, SendAnswer or Handle would take.
func (c *Core) Next(step string) (number uint64, ok bool) {
	switch {
	case step == "SendRequest" && len(c.todo) > 0:
		return c.todo[0].number, true
	case step == "SendAnswer" && len(c.outbox) > 0:
		return c.outbox[0].number, true
	case step == "Handle" && len(c.inbox) > 0:
		return c.inbox[0].number, true
	}
	return 0, false
}

// SendRequest begins to write the next request.
func (c *Core) SendRequest(conn Connection) (*Frame, error) {
	if !c.mayWrite(conn) || len(c.todo) == 0 {
		return nil, ErrNotAllowed
	}
	r := c.todo[0]
	c.todo[0] = nil
	c.todo = c.todo[1:]
	r.to = c.other
	c.writing = true
	c.step("SendRequest").Uint("number", r.number).State(c)
	return &Frame{Kind: kindRequest, Number: r.number, Oldest: c.pending[0].number, Body: r.body}, nil
}

// SendAnswer begins to write the next answer.
func (c *Core) SendAnswer(conn Connection) (*Frame, error) {
	if !c.mayWrite(conn) || len(c.outbox) == 0 {
		return nil, ErrNotAllowed
	}
	m := c.outbox[0]
	c.outbox[0] = message{}
	c.outbox = c.outbox[1:]
	c.writing = true
	c.step("SendAnswer").Uint("number", m.number).State(c)
	f := &Frame{Kind: kindAnswer, Number: m.number, Body: m.body}
	if m.failed {
		f.Kind = kindFailure
	}
	return f, nil
}

// SendHeartbeat begins to write a frame that says only that this end is alive.
func (c *Core) SendHeartbeat(conn Connection) (*Frame, error) {
	if !c.mayWrite(conn) {
		return nil, ErrNotAllowed
	}
	c.writing = true
	c.step("SendHeartbeat").State(c)
	return &Frame{Kind: kindHeartbeat}, nil
}

// Finish ends a frame. It is called before the last byte is written, so that the
// other end cannot receive the whole frame earlier.
func (c *Core) Finish(conn Connection) error {
	if len(c.open) == 0 || c.open[len(c.open)-1] != conn || !c.writing {
		return ErrNotAllowed
	}
	c.writing = false
	c.step("Finish").State(c)
	return nil
}

// took records that a frame was taken.
func (c *Core) took(step string, conn Connection, f *Frame) {
	c.missed = 0
	if s := c.on(step, conn); s != nil {
		s.Object("frame", f).State(c)
	}
}

// forget drops the answers that the other end does not wait for. This bounds those
// that are to be sent by twice those that are kept, even if the other end sends
// requests without end and reads no answer.
func (c *Core) forget(oldest uint64) {
	for len(c.kept) > 0 && c.MayForget(c.kept[0].number, oldest) {
		c.kept[0] = message{}
		c.kept = c.kept[1:]
	}
	c.outbox = slices.DeleteFunc(c.outbox, func(m message) bool { return c.MayForget(m.number, oldest) })
}

// ReceiveRequest takes in a request that was not here before.
func (c *Core) ReceiveRequest(conn Connection, f *Frame) error {
	if !c.IsCurrent(conn) || !c.IsNew(f.Number) || !c.MayRead() {
		return ErrNotAllowed
	}
	c.taken = f.Number
	c.inbox = append(c.inbox, message{number: f.Number, body: f.Body})
	c.forget(f.Oldest)
	c.took("ReceiveRequest", conn, f)
	return nil
}

// ReceiveAgain takes a request that was here before. It is answered again, if
// there is an answer yet.
func (c *Core) ReceiveAgain(conn Connection, f *Frame) error {
	if !c.IsCurrent(conn) || c.IsNew(f.Number) {
		return ErrNotAllowed
	}
	answer := slices.IndexFunc(c.kept, func(m message) bool { return m.number == f.Number })
	if answer >= 0 {
		c.outbox = append(c.outbox, c.kept[answer])
	}
	c.forget(f.Oldest)
	c.took("ReceiveAgain", conn, f)
	return nil
}

// ReceiveAnswer takes an answer. Its caller may have stopped waiting.
func (c *Core) ReceiveAnswer(conn Connection, f *Frame) error {
	if !c.IsCurrent(conn) {
		return ErrNotAllowed
	}
	var answered *Request
	is := func(r *Request) bool {
		if r.number == f.Number {
			answered = r
		}
		return r.number == f.Number
	}
	c.pending = without(c.pending, is)
	c.todo = without(c.todo, is)
	c.took("ReceiveAnswer", conn, f)
	switch {
	case answered == nil:
	case f.Kind == kindFailure:
		answered.settle(nil, &RemoteError{Text: string(f.Body)})
	default:
		answered.settle(f.Body, nil)
	}
	return nil
}

// ReceiveHeartbeat takes a heartbeat.
func (c *Core) ReceiveHeartbeat(conn Connection, f *Frame) error {
	if !c.IsCurrent(conn) {
		return ErrNotAllowed
	}
	c.took("ReceiveHeartbeat", conn, f)
	return nil
}

// InWork says whether the request with that number, of that process, is the
// next to be handled.
func (c *Core) InWork(incarnation, number uint64) bool {
	return c.other == incarnation && len(c.inbox) > 0 && c.inbox[0].number == number
}

// Handle is when the handler has answered the oldest request.
func (c *Core) Handle(number uint64, answer []byte, failed bool) error {
	if len(c.inbox) == 0 || c.inbox[0].number != number {
		return ErrNotAllowed
	}
	m := message{number: number, body: answer, failed: failed}
	c.inbox[0] = message{}
	c.inbox = c.inbox[1:]
	c.kept = append(c.kept, m)
	if len(c.open) > 0 {
		c.outbox = append(c.outbox, m)
	}
	c.step("Handle").Uint("number", number).State(c)
	return nil
}
