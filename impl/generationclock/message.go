package generationclock

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/lockstep-tla/lockstep/impl/internal/strictjson"
	"github.com/lockstep-tla/lockstep/trace"
)

// Type is what a message is about.
type Type string

// The types of messages. All carry the sender's number.
const (
	Ask     Type = "ask"     // a candidate asks all other nodes for their votes
	Grant   Type = "grant"   // a node votes for a candidate
	Beat    Type = "beat"    // a leader's heartbeat to all other nodes
	Order   Type = "order"   // a leader's order to all nodes
	Write   Type = "write"   // a leader's write to a store
	Done    Type = "done"    // an order or write is durable
	Refused Type = "refused" // the number of a message is stale
)

// What a trace shows where there is no node or no value. No node may have the
// name NoNode.
const (
	NoNode  = "none"
	NoValue = "nothing"
)

// The limits of a message.
const (
	MaxName  = 100               // bytes
	MaxValue = 8000              // bytes
	MaxGen   = math.MaxInt64 / 2 // a leadership each nanosecond would take a century
)

// Message is what nodes and stores send each other.
type Message struct {
	Type    Type        `json:"type"`
	From    string      `json:"from"`
	To      string      `json:"to,omitempty"` // empty in an Ask, Beat or Order, which is for all nodes
	Gen     uint64      `json:"gen"`
	Value   string      `json:"value,omitempty"`   // of an Order, Write or Done
	Refused uint64      `json:"refused,omitempty"` // the number that a Refused refuses
	Sent    trace.Stamp `json:"sent,omitzero"`     // the step that sent it, where steps are recorded
}

// wantsAnswer says whether the message is one that can be refused.
func (m *Message) wantsAnswer() bool {
	return m.Type == Ask || m.Type == Beat || m.Type == Order || m.Type == Write
}

func (m *Message) hasValue() bool { return m.Type == Order || m.Type == Write || m.Type == Done }

func (m *Message) toAll() bool { return m.Type == Ask || m.Type == Beat || m.Type == Order }

// View implements trace.Viewer: what the spec knows of a message.
func (m *Message) View(o *trace.Object) {
	o.String("type", string(m.Type))
	o.String("from", m.From)
	if !m.toAll() {
		o.String("to", m.To)
	}
	o.Count("gen", m.Gen)
	if m.hasValue() {
		o.String("value", m.Value)
	}
	if m.Type == Refused {
		o.Count("refused", m.Refused)
	}
}

// Encode returns the message as JSON.
func (m *Message) Encode() []byte {
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // it holds nothing that JSON does not have
	}
	return b
}

// Decode reads a message. It refuses with ErrMessage whatever no holder of this
// package can have sent.
func Decode(b []byte) (*Message, error) {
	m := new(Message)
	if err := strictjson.Unmarshal(b, m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMessage, err)
	}
	return m, m.check()
}

func (m *Message) check() error {
	switch {
	case !m.toAll() && m.Type != Grant && m.Type != Write && m.Type != Done && m.Type != Refused:
		return fmt.Errorf("%w: unknown type %q", ErrMessage, m.Type)
	case m.Gen == 0 || m.Gen > MaxGen:
		return fmt.Errorf("%w: number %d", ErrMessage, m.Gen)
	case m.toAll() != (m.To == ""):
		return fmt.Errorf("%w: %s for %q", ErrMessage, m.Type, m.To)
	case !m.hasValue() && m.Value != "":
		return fmt.Errorf("%w: %s with a value", ErrMessage, m.Type)
	case m.Type == Refused && (m.Refused == 0 || m.Refused >= m.Gen):
		return fmt.Errorf("%w: number %d refused by %d", ErrMessage, m.Refused, m.Gen)
	case m.Type != Refused && m.Refused != 0:
		return fmt.Errorf("%w: %s that refuses %d", ErrMessage, m.Type, m.Refused)
	}
	err := errors.Join(checkName(m.From), checkValue(m.Value))
	if m.To != "" {
		err = errors.Join(err, checkName(m.To))
	}
	return err
}

func checkName(name string) error {
	if name == "" || name == NoNode || len(name) > MaxName || !utf8.ValidString(name) {
		return fmt.Errorf("%w: %.120q", ErrName, name)
	}
	return nil
}

func checkValue(value string) error {
	if len(value) > MaxValue || !utf8.ValidString(value) {
		return fmt.Errorf("%w: a value of %d bytes", ErrValue, len(value))
	}
	return nil
}
