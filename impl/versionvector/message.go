package versionvector

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/lockstep-tla/lockstep/impl/internal/strictjson"
	"github.com/lockstep-tla/lockstep/trace"
)

// Type is what a message is about.
type Type string

// The types of messages.
const (
	Ask   Type = "ask"   // what its sender has seen; it wants the rest
	Whole Type = "state" // all that its sender has
)

// The limits of what a store takes.
const (
	MaxKey   = 1000              // bytes
	MaxValue = 8000              // bytes
	MaxCount = math.MaxInt64 / 2 // writes of one actor; one each nanosecond would take a century
)

// Message is what replicas send each other.
type Message struct {
	Type    Type        `json:"type"`
	Key     string      `json:"key"`
	From    string      `json:"from"`
	To      string      `json:"to"`
	Context Vector      `json:"context,omitempty"` // of an Ask
	State   State       `json:"state,omitempty"`   // of a Whole
	Latest  Vector      `json:"latest,omitempty"`  // the latest incarnations that its sender knows
	Sent    trace.Stamp `json:"sent,omitzero"`     // the step that sent it, where steps are recorded
}

// View implements trace.Viewer: what the spec knows of a message, which is for one key.
func (m *Message) View(o *trace.Object) {
	o.String("type", string(m.Type))
	o.String("from", m.From)
	o.String("to", m.To)
	o.Object("latest", m.Latest)
	if m.Type == Ask {
		o.Object("context", m.Context)
	} else {
		o.Object("state", m.State)
	}
}

// Encode returns the message as JSON.
func (m *Message) Encode() []byte {
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // it has numbers and strings only
	}
	return b
}

// Decode reads a message that Encode has made. Its error is an ErrMessage.
func Decode(b []byte) (*Message, error) {
	m := &Message{}
	if err := strictjson.Unmarshal(b, m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMessage, err)
	}
	return m, m.check()
}

func (m *Message) check() error {
	err := errors.Join(checkKey(m.Key), m.Latest.check())
	switch {
	case err != nil:
	case m.Type == Ask && m.State == nil:
		err = m.Context.check()
	case m.Type == Whole && m.Context == nil:
		err = m.State.check()
	default:
		err = fmt.Errorf("the type %q, or a field that it does not have", m.Type)
	}
	if err != nil {
		return fmt.Errorf("%w from %q: %w", ErrMessage, m.From, err)
	}
	return nil
}

func (v Vector) check() error {
	for actor, n := range v {
		if actor == "" || n == 0 || n > MaxCount {
			return fmt.Errorf("%w: %q has written %d times", ErrContext, actor, n)
		}
	}
	return nil
}

func (s State) check() error {
	for actor, e := range s {
		if strings.HasSuffix(actor, floorOf("")) && len(e.Values) > 0 {
			return fmt.Errorf("%q has values, and is no actor", actor)
		}
		if uint64(len(e.Values)) > e.N {
			return fmt.Errorf("%d values of %d writes of %q", len(e.Values), e.N, actor)
		}
		for _, value := range e.Values {
			if err := checkValue(value); err != nil {
				return err
			}
		}
	}
	return ContextOf(s).check()
}

func checkKey(key string) error {
	if key == "" || len(key) > MaxKey || !utf8.ValidString(key) {
		return fmt.Errorf("%w: %d bytes: %.40q", ErrKey, len(key), key)
	}
	return nil
}

func checkValue(value string) error {
	if len(value) > MaxValue || !utf8.ValidString(value) {
		return fmt.Errorf("%w: %d bytes: %.40q", ErrValue, len(value), value)
	}
	return nil
}
