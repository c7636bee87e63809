package lamportclock

import (
	"maps"
	"slices"

	"github.com/lockstep-tla/lockstep/trace"
)

// ClientCore is a client without goroutines and network, as Core is a server.
type ClientCore struct {
	name string
	rec  *trace.Recorder
	sent uint64
	seen uint64
	held map[string]Version // by key
}

// NewClientCore returns a client that has heard nothing yet. The keys are those
// that a trace shows, even where nothing is known of them; others come when
// they are heard of.
func NewClientCore(name string, rec *trace.Recorder, keys ...string) *ClientCore {
	c := &ClientCore{name: name, rec: rec, held: map[string]Version{}}
	for _, key := range keys {
		c.held[key] = Version{}
	}
	return c
}

// Seen returns the greatest stamp that the client has heard of.
func (c *ClientCore) Seen() uint64 { return c.seen }

// Held returns the newest version of a key that the client has heard of.
func (c *ClientCore) Held(key string) Version { return c.held[key] }

// RequestWrite makes a request to write.
func (c *ClientCore) RequestWrite(server, key, value string) *Request {
	return c.request("RequestWrite", Write, server, key, value)
}

// RequestRead makes a request to read.
func (c *ClientCore) RequestRead(server, key string) *Request {
	return c.request("RequestRead", Read, server, key, "")
}

// RequestSnapshot makes a request to read as of the client's own stamp.
func (c *ClientCore) RequestSnapshot(server, key string) *Request {
	return c.request("RequestSnapshot", Snapshot, server, key, "")
}

// Hear takes a reply. It may be any that was ever sent to this client, in any
// order.
func (c *ClientCore) Hear(m *Reply) error {
	if m.To != c.name {
		return ErrNotAllowed
	}
	c.seen = c.Merge(m.Stamp)
	if IsNewer(m.Version, c.held[m.Key]) {
		c.held[m.Key] = m.Version
	}
	c.rec.Step("Hear").String("node", c.name).Heard(m.Sent).Object("message", m).State(c)
	return nil
}

// Merge is the stamp that a client keeps: the greatest that it has heard of.
func (c *ClientCore) Merge(heard uint64) uint64 { return max(c.seen, heard) }

// IsNewer reports whether a version takes the place of another one: if its stamp is
// greater or, where they are equal, the name of its server. All clients must
// decide alike.
func IsNewer(v, than Version) bool { return v.Compare(than) > 0 }

func (c *ClientCore) request(step string, kind Kind, server, key, value string) *Request {
	c.sent++
	s := c.rec.Step(step).String("node", c.name).String("server", server).String("key", key)
	if kind == Write {
		s.String("value", value)
	}
	s.State(c)
	return &Request{
		Kind: kind, From: c.name, Number: c.sent, To: server, Key: key, Value: value, Stamp: c.seen, Sent: c.rec.Stamp(),
	}
}

// View adds what the spec's View(node) has of a client.
func (c *ClientCore) View(o *trace.Object) {
	o.Uint("sent", c.sent)
	o.Count("seen", c.seen)
	o.Record("held", func(o *trace.Object) {
		for _, key := range slices.Sorted(maps.Keys(c.held)) {
			o.Object(key, c.held[key])
		}
	})
}
