package gossipdissemination

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"math/rand/v2"
	"slices"
)

// The kinds of a probe. These are no messages of the spec, in which a node may
// suspect another at any time.
const (
	ping    Kind = iota + 16 // asks the receiver for an ack
	ack                      // the sender of the ack, or the node it relays for, is alive
	pingFor                  // asks the receiver to ping another node
)

// probe is a small datagram by which a node finds out which others are alive.
type probe struct {
	kind   Kind
	from   string
	about  string // the node that is probed
	number uint32 // of the ping, which the ack repeats
}

func (p *probe) encode() []byte {
	b := appendText(appendText([]byte{wireVersion, byte(p.kind)}, p.from), p.about)
	b = binary.AppendUvarint(b, uint64(p.number))
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// isProbe says whether a datagram has the kind of a probe.
func isProbe(b []byte) bool {
	return len(b) > checksumSize+2 && Kind(b[1]) >= ping && Kind(b[1]) <= pingFor
}

func decodeProbe(b []byte) (*probe, error) {
	body := b[:len(b)-checksumSize]
	if binary.LittleEndian.Uint32(b[len(body):]) != crc32.Checksum(body, castagnoli) || body[0] != wireVersion {
		return nil, fmt.Errorf("%w: a damaged probe", ErrMalformed)
	}
	r := readerOf(body)
	p := &probe{kind: Kind(body[1]), from: r.name(), about: r.name(), number: r.number()}
	r.check(len(r.b) == 0, "bytes behind the end")
	return p, r.err
}

// detector decides which nodes to suspect, as SWIM does. Each round it pings one node; if
// that has not answered after half of the round, it has a few others ping it; if no ack
// has come by the end of the round, the node is suspected.
type detector struct {
	random          *rand.Rand
	helpers         int
	suspicionRounds int // the number of rounds after which a suspect is declared dead

	number   uint32   // of the last ping
	current  uint32   // of the ping of the present round
	order    []string // the nodes to probe next; each once before any twice
	probing  string   // "" if the present round probes no node, or was answered
	relayed  map[uint32]relay
	suspects map[string]suspicion
}

// relay is a ping on behalf of another node.
type relay struct {
	number uint32 // of the other node's ping
	to     string // the other node's address
}

// suspicion is how long a node has been suspected, in one incarnation.
type suspicion struct {
	digest Digest
	rounds int
}

// next begins a round, and returns the node to probe in it, "" if there is none.
func (d *detector) next(others []string) string {
	d.order = slices.DeleteFunc(d.order, func(name string) bool { return !slices.Contains(others, name) })
	if len(d.order) == 0 {
		d.order = slices.Clone(others)
		d.random.Shuffle(len(d.order), func(i, j int) { d.order[i], d.order[j] = d.order[j], d.order[i] })
	}
	d.current = d.count()
	if len(d.order) == 0 {
		d.probing = ""
		return ""
	}
	d.probing = d.order[0]
	d.order = d.order[1:]
	return d.probing
}

// acked records that the ping with that number was answered.
func (d *detector) acked(number uint32) {
	if number == d.current {
		d.probing = ""
	}
}

// relay returns the number of a ping on behalf of another node.
func (d *detector) relay(r relay) uint32 {
	if len(d.relayed) == maxRelayed {
		clear(d.relayed) // the others probe again in a later round
	}
	number := d.count()
	d.relayed[number] = r
	return number
}

// count returns the number of the next ping. After the last that can be sent comes
// the first again.
func (d *detector) count() uint32 {
	d.number = d.number%maxNumber + 1
	return d.number
}

// maxRelayed bounds the memory for pings on behalf of others.
const maxRelayed = 256

// helpersFor returns the nodes that are to ping for this one.
func (d *detector) helpersFor(others []string) []string {
	others = slices.DeleteFunc(slices.Clone(others), func(name string) bool { return name == d.probing })
	d.random.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
	return others[:min(d.helpers, len(others))]
}

// overdue records the nodes that are suspected at the end of a round, and returns those
// that have been for too long.
func (d *detector) overdue(suspected map[string]Digest) []string {
	var over []string
	for name, digest := range suspected {
		s := d.suspects[name]
		if s.digest.Gen != digest.Gen || s.digest.Inc != digest.Inc {
			s = suspicion{digest: digest}
		}
		s.rounds++
		d.suspects[name] = s
		if s.rounds > d.suspicionRounds {
			over = append(over, name)
		}
	}
	maps.DeleteFunc(d.suspects, func(name string, _ suspicion) bool { _, still := suspected[name]; return !still })
	slices.Sort(over)
	return over
}
