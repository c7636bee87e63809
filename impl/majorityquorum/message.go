package majorityquorum

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/lockstep-tla/lockstep/impl/internal/strictjson"
	"github.com/lockstep-tla/lockstep/trace"
)

// MaxName and MaxValue are how long names and values may be, in bytes.
const (
	MaxName  = 256
	MaxValue = 1 << 20
)

// Version is what a value is known by. The zero Version is that of a register that was never
// written.
type Version struct {
	Number uint64
	By     string // the client that has chosen the number
}

// Cell is a version with its value.
type Cell struct {
	Version
	Value string
}

// View implements trace.Viewer.
func (c Cell) View(o *trace.Object) {
	o.Uint("number", c.Number).String("by", c.By).String("value", c.Value)
}

func (c Cell) check() error {
	switch {
	case (c.Number == 0) != (c.By == "") || c.Number == 0 && c.Value != "":
		return fmt.Errorf("%w: version %d of %.120q", ErrMessage, c.Number, c.By)
	case len(c.By) > MaxName || !utf8.ValidString(c.By):
		return fmt.Errorf("%w: a name of %d bytes", ErrMessage, len(c.By))
	case len(c.Value) > MaxValue || !utf8.ValidString(c.Value):
		return fmt.Errorf("%w: a value of %d bytes", ErrMessage, len(c.Value))
	}
	return nil
}

// Type is the type of a message.
type Type string

// The types of messages: the requests of a client, and the answers of a replica.
const (
	Get    Type = "get"
	Put    Type = "put"
	Have   Type = "have"
	Stored Type = "stored"
)

// Message is a request or an answer.
type Message struct {
	Type     Type
	From, To string
	Call     uint64      // of the client, which its answers bring back
	Key      uint64      // of the request in the client's list; 0 if no answer is awaited
	Cell     Cell        // of a Get, none
	Sent     trace.Stamp `json:",omitzero"` // orders the steps of several processes
}

func (m *Message) isRequest() bool { return m.Type == Get || m.Type == Put }

// answer returns the answer to a request.
func (m *Message) answer(t Type, cell Cell, sent trace.Stamp) *Message {
	return &Message{Type: t, From: m.To, To: m.From, Call: m.Call, Key: m.Key, Cell: cell, Sent: sent}
}

// View implements trace.Viewer: the spec has one request to all replicas.
func (m *Message) View(o *trace.Object) {
	o.String("type", string(m.Type)).String("from", m.From)
	if !m.isRequest() {
		o.String("to", m.To)
	}
	o.Uint("call", m.Call).Object("cell", m.Cell)
}

// Encode returns the message as JSON.
func (m *Message) Encode() []byte {
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // it holds nothing that JSON does not have
	}
	return b
}

// Decode reads a message. It refuses with ErrMessage what this package cannot have sent.
func Decode(b []byte) (*Message, error) {
	m := new(Message)
	if err := strictjson.Unmarshal(b, m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMessage, err)
	}
	return m, m.check()
}

func (m *Message) check() error {
	switch {
	case !m.isRequest() && m.Type != Have && m.Type != Stored:
		return fmt.Errorf("%w: unknown type %.120q", ErrMessage, m.Type)
	case m.From == "" || m.To == "" || m.From == m.To || m.Call == 0:
		return fmt.Errorf("%w: call %d from %.120q to %.120q", ErrMessage, m.Call, m.From, m.To)
	case m.Type == Get && m.Cell != Cell{}:
		return fmt.Errorf("%w: a get with a value", ErrMessage)
	}
	return m.Cell.check()
}
