package requestbatch

import "github.com/lockstep-tla/lockstep/trace"

// Session is what a server knows of a client. It must be as durable as what the client's
// requests have done.
type Session struct {
	Newest  uint64 // the number of the newest batch that it has taken
	Answers []Item // to the requests of that batch that it has executed
}

// ServerCore is the server's part for one client, without goroutines, locks and a network:
// a method for each step of the spec, and one for each of its rules. A step that the present
// state does not allow returns ErrNotAllowed and changes nothing. Only one goroutine at a
// time may use it.
type ServerCore struct {
	name string
	rec  *trace.Recorder

	Session        // read it only
	work    []Item // the requests of the newest batch, while the server works on it
}

// NewServerCore returns the server of a client of which it knows nothing.
func NewServerCore(name string, rec *trace.Recorder) *ServerCore {
	return &ServerCore{name: name, rec: rec}
}

// Take takes a batch, for the first time or again.
func (c *ServerCore) Take(batch Message) error {
	if len(c.work) > 0 || !c.MayTake(batch) {
		return ErrNotAllowed
	}
	c.work = batch.Items
	if c.IsNew(batch) {
		c.Session = Session{Newest: batch.Number}
	}
	c.on("Take", batch).State(c)
	return nil
}

// Reject takes no such batch.
func (c *ServerCore) Reject(batch Message) error {
	if c.MayTake(batch) {
		return ErrNotAllowed
	}
	c.on("Reject", batch).State(c)
	return nil
}

// Next is the request that is to be executed, if there is one. Its place in the batch is
// the number of Answers.
func (c *ServerCore) Next() (request Item, ok bool) {
	if len(c.Answers) >= len(c.work) {
		return Item{}, false
	}
	return c.work[len(c.Answers)], true
}

// Execute takes the answer to the request that Next returns, which was executed.
func (c *ServerCore) Execute(body []byte, failed bool) error {
	request, ok := c.Next()
	if !ok {
		return ErrNotAllowed
	}
	answer := Item{ID: request.ID, Failed: failed, Body: body}
	c.Answers = append(c.Answers, answer)
	c.step("Execute").String("outcome", string(answer.outcome())).State(c)
	return nil
}

// InOrder is the order in which requests were executed, for Answer.
func (c *ServerCore) InOrder() []int {
	order := make([]int, len(c.Answers))
	for i := range order {
		order[i] = i + 1
	}
	return order
}

// Answer returns the reply to the batch. It has the answers in any order, which names each
// by its place, from 1.
func (c *ServerCore) Answer(order []int) (Message, error) {
	if len(c.work) == 0 || !c.IsDone() || !isPermutation(order, len(c.Answers)) {
		return Message{}, ErrNotAllowed
	}
	reply := Message{Number: c.Newest}
	for _, place := range order {
		reply.Items = append(reply.Items, c.Answers[place-1])
	}
	c.work = nil
	c.step("Answer").Ints("order", order...).State(c)
	reply.Sent = c.rec.Stamp()
	return reply, nil
}

// isPermutation says whether a list has each number from 1 to n once.
func isPermutation(list []int, n int) bool {
	seen := map[int]bool{}
	for _, place := range list {
		if place < 1 || place > n || seen[place] {
			return false
		}
		seen[place] = true
	}
	return len(list) == n
}

// Restart begins the next process of the server, or ends the work of this one on a batch.
// What it knows of the client is given to it.
func (c *ServerCore) Restart(s Session) {
	c.Session, c.work = c.SurvivesRestart(s), nil
	c.step("Restart").State(c)
}

func (i Item) outcome() Outcome {
	if i.Failed {
		return Failed
	}
	return OK
}

// View implements trace.Viewer: an answer.
func (i Item) View(o *trace.Object) { o.Uint("id", i.ID).String("outcome", string(i.outcome())) }

// Batch and Reply are messages as a trace has them.
type (
	Batch Message
	Reply Message
)

// View implements trace.Viewer.
func (m Batch) View(o *trace.Object) { o.Uint("number", m.Number).Ints("items", ids(m.Items)...) }

// View implements trace.Viewer.
func (m Reply) View(o *trace.Object) {
	o.Uint("number", m.Number).Objects("answers", len(m.Items), func(i int) trace.Viewer { return m.Items[i] })
}

func ids(items []Item) []int {
	list := make([]int, len(items))
	for i, item := range items {
		list[i] = int(item.ID)
	}
	return list
}

func (c *ServerCore) step(name string) *trace.Step { return c.rec.Step(name).String("node", c.name) }

// on begins to record a step that a batch brings.
func (c *ServerCore) on(name string, batch Message) *trace.Step {
	return c.step(name).Heard(batch.Sent).Object("batch", Batch(batch))
}

// View implements trace.Viewer: the spec's View of the server.
func (c *ServerCore) View(o *trace.Object) {
	o.Uint("newest", c.Newest).Ints("work", ids(c.work)...)
	o.Objects("answers", len(c.Answers), func(i int) trace.Viewer { return c.Answers[i] })
}
