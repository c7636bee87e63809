package gossipdissemination

import (
	"fmt"
	"maps"
	"time"

	"github.com/lockstep-tla/lockstep/impl/environment/network"
	"github.com/lockstep-tla/lockstep/trace"
)

// Endpoint is a node's end of a datagram network.
type Endpoint = network.Endpoint

// Keys that a node publishes when it joins.
const (
	AddressKey = "address"
	ZoneKey    = "zone"
)

// Options configure a node. Name and Endpoint are required.
type Options struct {
	Name     string
	Endpoint Endpoint          // the node closes it
	Seeds    map[string]string // the addresses of some nodes, by name; copied
	Zone     string            // where the node is, for NearFirst; may be empty

	// LastGeneration is the number of the last generation of a node of this name, 0
	// if there was none. Durable is called with the number of the new one, and
	// must have made it durable when it returns nil: see GenerationFile. Without
	// Durable the caller ensures that no generation has the number of an earlier
	// one: the other nodes would take the two for one.
	LastGeneration uint32
	Durable        func(generation uint32) error

	Interval        time.Duration // between rounds; a second if 0
	Fanout          int           // peers in a round; 1 if 0
	MaxMessage      int           // bytes, the same for all nodes; 1400 if 0, so that it fits into one packet
	Choose          Chooser       // AnyPeer if nil
	Helpers         int           // nodes that are asked to probe a node that does not answer; 3 if 0
	SuspicionRounds int           // rounds from suspicion to DeclareDead; 5 if 0
	Random          uint64        // the seed of all choices

	Trace *trace.Recorder // nil to record nothing
}

// minMessage is the least MaxMessage, in bytes: a digest with the longest name fits
// into each half of a message, and so does a socket's address.
const minMessage = 384

// complete returns the options with their defaults, or an error that says what is wrong.
func (o Options) complete() (Options, error) {
	bad := func(format string, args ...any) (Options, error) {
		return Options{}, fmt.Errorf("%w: %s", ErrOptions, fmt.Sprintf(format, args...))
	}
	defaults := func(n *int, value int) {
		if *n == 0 {
			*n = value
		}
	}
	defaults(&o.Fanout, 1)
	defaults(&o.MaxMessage, 1400)
	defaults(&o.Helpers, 3)
	defaults(&o.SuspicionRounds, 5)
	if o.Interval == 0 {
		o.Interval = time.Second
	}
	if o.Choose == nil {
		o.Choose = AnyPeer
	}
	switch {
	case o.Name == "" || len(o.Name) > maxName:
		return bad("the name must have 1 to %d bytes, not %d", maxName, len(o.Name))
	case o.Endpoint == nil:
		return bad("there is no Endpoint")
	case o.Interval < 0 || o.Fanout < 0 || o.Helpers < 0 || o.SuspicionRounds < 0:
		return bad("Interval, Fanout, Helpers and SuspicionRounds must not be negative")
	case o.MaxMessage < minMessage || o.MaxMessage > network.MaxDatagram:
		return bad("MaxMessage must be from %d to %d bytes, not %d", minMessage, network.MaxDatagram, o.MaxMessage)
	case o.LastGeneration >= maxNumber-1:
		return bad("LastGeneration %d has no successor", o.LastGeneration)
	}
	o.Seeds = maps.Clone(o.Seeds)
	for name, address := range o.Seeds {
		if name == "" || len(name) > maxName || address == "" {
			return bad("the seed %q has the address %q", name, address)
		}
	}
	return o, nil
}

// maxName is the length of the longest name of a node, in bytes.
const maxName = 48

// item is the most bytes that a key and its value may have together, so that a message
// always has room for one of them beside what it asks for.
func (o *Options) item() int { return min(maxText, o.MaxMessage/2-checksumSize-2*maxName-16) }

// window is how many owners a digest may be about, so that the requests in the
// answer to it take no more than half of that.
func (o *Options) window(longest int) int {
	const digest = 3*5 + 2 // bytes
	return (o.MaxMessage/2 - checksumSize - 2*maxName - 16) / (digest + longest)
}
