package requestpipeline

import (
	"slices"

	"github.com/lockstep-tla/lockstep/trace"
)

// Session is what a server knows of a client. It must be as durable as what the client's
// requests have done.
type Session struct {
	Newest   Connection // from which it has taken a request
	Accepted uint64     // the number of the last request that it has processed
	Answers  []Message  // that may be asked for again, by number
}

// ServerCore is the server's part for one client, without goroutines, locks and sockets: a
// method for each step of the spec, and one for each of its rules. A step that the present
// state does not allow returns ErrNotAllowed and changes nothing. Only one goroutine at a
// time may use it.
type ServerCore struct {
	name string
	max  int
	rec  *trace.Recorder

	Session // read it only
}

// NewServerCore returns the server of a client of which it knows nothing, and which has so
// many requests in flight at most.
func NewServerCore(name string, most int, rec *trace.Recorder) *ServerCore {
	return &ServerCore{name: name, max: most, rec: rec}
}

// lastOf is the last request that was processed of the process that has made a connection.
func (c *ServerCore) lastOf(conn Connection) uint64 {
	if conn.Process != c.Newest.Process {
		return 0
	}
	return c.Accepted
}

// MayAccept says whether a request is to be processed, and Accept be called then.
func (c *ServerCore) MayAccept(conn Connection, m Message) bool {
	return c.MayServe(conn) && c.IsNext(conn, m.Number) && !c.IsRepeated(conn, m.Number)
}

// Accept takes a request that was processed, with its answer, which it returns for the
// connection on which the request has come.
func (c *ServerCore) Accept(conn Connection, m Message, answer []byte) (Message, error) {
	if !c.MayAccept(conn, m) {
		return Message{}, ErrNotAllowed
	}
	if conn.Process != c.Newest.Process {
		c.Answers = nil
	}
	reply := Message{Number: m.Number, Body: answer}
	c.Newest, c.Accepted = conn, m.Number
	c.Answers = slices.DeleteFunc(append(c.Answers, reply), func(a Message) bool { return c.MayForget(a.Number, m.Number) })
	c.on("Accept", conn, m).State(c)
	reply.Sent = c.rec.Stamp()
	return reply, nil
}

// remembered is the place of the answer to a request that was processed before, -1 for none.
func (c *ServerCore) remembered(conn Connection, number uint64) int {
	if conn.Process != c.Newest.Process || !c.IsRepeated(conn, number) {
		return -1
	}
	return slices.IndexFunc(c.Answers, func(a Message) bool { return a.Number == number })
}

// Repeat returns the answer to a request that was processed before.
func (c *ServerCore) Repeat(conn Connection, m Message) (Message, error) {
	i := c.remembered(conn, m.Number)
	if i < 0 || !c.MayServe(conn) {
		return Message{}, ErrNotAllowed
	}
	c.Newest = conn
	c.on("Repeat", conn, m).State(c)
	answer := c.Answers[i]
	answer.Sent = c.rec.Stamp()
	return answer, nil
}

// Refuse takes no such request. The shell closes its connection.
func (c *ServerCore) Refuse(conn Connection, m Message) error {
	if c.MayAccept(conn, m) || c.MayServe(conn) && c.remembered(conn, m.Number) >= 0 {
		return ErrNotAllowed
	}
	c.on("Refuse", conn, m).State(c)
	return nil
}

// Recover begins the next process of the server, which knows the session that it is given.
func (c *ServerCore) Recover(s Session) {
	c.Session = c.SurvivesRestart(Session{s.Newest, s.Accepted, slices.Clone(s.Answers)})
	c.rec.Step("Recover").String("node", c.name).State(c)
}

// on begins to record a step that a request on a connection brings.
func (c *ServerCore) on(name string, conn Connection, m Message) *trace.Step {
	return c.rec.Step(name).String("node", c.name).Heard(m.Sent).Object("connection", conn).Object("frame", m)
}

// View implements trace.Viewer: the spec's View of the server.
func (c *ServerCore) View(o *trace.Object) {
	o.Object("newest", c.Newest).Uint("accepted", c.Accepted)
	o.Objects("memory", len(c.Answers), func(i int) trace.Viewer { return c.Answers[i] })
}
