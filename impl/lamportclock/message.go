package lamportclock

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/lockstep-tla/lockstep/impl/internal/strictjson"
	"github.com/lockstep-tla/lockstep/trace"
)

// Kind is what a request asks for.
type Kind string

// The kinds of requests.
const (
	Write    Kind = "write"    // a new version
	Read     Kind = "read"     // the newest version, as of the stamp that the server gives the read
	Snapshot Kind = "snapshot" // the version that was the newest as of the request's stamp
)

// The limits of a message, in bytes. With them it fits into a datagram, even
// where JSON needs six bytes for one.
const (
	MaxName  = 100
	MaxKey   = 1000
	MaxValue = 8000
)

// MaxStamp is the greatest stamp that a server gives and a message may carry. A
// write that would need a greater one gets ErrEnd. A program that can send messages can
// bring a clock there: clients are trusted here not to invent stamps.
const MaxStamp = math.MaxInt64 / 2

// Request is what a client sends to a server.
type Request struct {
	Kind   Kind   `json:"kind"`
	From   string `json:"from"`
	Number uint64 `json:"number"` // tells it from the client's other requests
	To     string `json:"to"`
	Key    string `json:"key"`
	Value  string `json:"value"` // of a Write
	Stamp  uint64 `json:"stamp"` // the greatest that the client has heard of

	Cluster string      `json:"cluster"` // whose message it is
	Sent    trace.Stamp `json:"sent"`    // the step that sent it, where steps are recorded
}

// Reply is a server's answer.
type Reply struct {
	Kind    Kind    `json:"kind"` // that of the request
	From    string  `json:"from"`
	To      string  `json:"to"`
	Number  uint64  `json:"number"` // that of the request
	Key     string  `json:"key"`
	Stamp   uint64  `json:"stamp"` // the server's clock when the answer left
	At      uint64  `json:"at"`    // the stamp of the write, or as of which the answer was read
	Version Version `json:"version"`

	Cluster string      `json:"cluster"`
	Sent    trace.Stamp `json:"sent"`
}

// View implements trace.Viewer: what the spec knows of a request.
func (m *Request) View(o *trace.Object) {
	o.String("type", string(m.Kind))
	o.String("from", m.From)
	o.Uint("number", m.Number)
	o.String("to", m.To)
	o.String("key", m.Key)
	value := Nothing
	if m.Kind == Write {
		value = m.Value
	}
	o.String("value", value)
	o.Count("stamp", m.Stamp)
}

// View implements trace.Viewer: what the spec knows of a reply.
func (m *Reply) View(o *trace.Object) {
	kind := "read"
	if m.Kind == Write {
		kind = "written"
	}
	o.String("type", kind)
	o.String("from", m.From)
	o.String("to", m.To)
	o.Uint("number", m.Number)
	o.String("key", m.Key)
	o.Count("stamp", m.Stamp)
	o.Count("at", m.At)
	o.Object("version", m.Version)
}

// Encode returns the request as a datagram.
func (m *Request) Encode() []byte { return encode(m) }

// Encode returns the reply as a datagram.
func (m *Reply) Encode() []byte { return encode(m) }

func encode(m any) []byte {
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // there is nothing in it that JSON does not have
	}
	return b
}

// DecodeRequest reads a datagram. Whatever is not a request that a client of
// this package can have sent is refused, with ErrMessage or ErrTooLarge.
func DecodeRequest(datagram []byte) (*Request, error) { return decode(datagram, new(Request)) }

// DecodeReply reads a datagram as DecodeRequest does.
func DecodeReply(datagram []byte) (*Reply, error) { return decode(datagram, new(Reply)) }

func decode[M interface{ check() error }](datagram []byte, m M) (M, error) {
	if err := strictjson.Unmarshal(datagram, m); err != nil {
		return m, fmt.Errorf("%w: %w", ErrMessage, err)
	}
	return m, m.check()
}

func (m *Request) check() error {
	if (m.Kind == Read || m.Kind == Snapshot) && m.Value != "" {
		return fmt.Errorf("%w: a %s with a value", ErrMessage, m.Kind)
	}
	return errors.Join(checkCluster(m.Cluster), check(m.Kind, m.From, m.To, m.Number, m.Key, m.Value, m.Stamp))
}

func (m *Reply) check() error {
	v := m.Version
	switch {
	case v.Stamp > m.At, m.At > m.Stamp:
		return fmt.Errorf("%w: version %d, as of %d, on a clock at %d", ErrMessage, v.Stamp, m.At, m.Stamp)
	case v.Stamp == 0 && v != (Version{}), v.Stamp > 0 && v.Node != m.From:
		return fmt.Errorf("%w: a version of %q from %q", ErrMessage, v.Node, m.From)
	case m.Kind == Write && v.Stamp != m.At, m.Kind == Write && v.Stamp == 0:
		return fmt.Errorf("%w: a write without its version", ErrMessage)
	}
	return errors.Join(checkCluster(m.Cluster), check(m.Kind, m.From, m.To, m.Number, m.Key, v.Value, m.Stamp))
}

func check(kind Kind, from, to string, number uint64, key, value string, stamp uint64) error {
	switch {
	case kind != Write && kind != Read && kind != Snapshot:
		return fmt.Errorf("%w: unknown kind %q", ErrMessage, kind)
	case number == 0:
		return fmt.Errorf("%w: it has no number", ErrMessage)
	case stamp > MaxStamp:
		return fmt.Errorf("%w: stamp %d", ErrMessage, stamp)
	}
	return errors.Join(checkName(from), checkName(to), checkSizes(key, value))
}

func checkName(name string) error {
	if name == "" || len(name) > MaxName || !utf8.ValidString(name) {
		return fmt.Errorf("%w: %.120q", ErrName, name)
	}
	return nil
}

func checkCluster(name string) error {
	if name == "" {
		return nil
	}
	return checkName(name)
}

func checkSizes(key, value string) error {
	if len(key) > MaxKey || len(value) > MaxValue {
		return fmt.Errorf("%w: %d and %d bytes", ErrTooLarge, len(key), len(value))
	}
	if !utf8.ValidString(key) || !utf8.ValidString(value) {
		return fmt.Errorf("%w: text that is not UTF-8", ErrMessage)
	}
	return nil
}
