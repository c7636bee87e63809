package gossipdissemination

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"math/rand/v2"
	"slices"
)

// What a probe says. These are no messages of the spec, for which a suspicion
// may come from anywhere.
const (
	ping    Kind = iota + 16 // are you there?
	ack                      // I am, or: the one you asked about is
	pingFor                  // ask this one for me, whom I cannot reach
)

// probe is a small datagram by which a node finds out who is alive.
type probe struct {
	kind   Kind
	from   string
	about  string // whom it asks, or asks about
	number uint32 // of the question
}

func (p *probe) encode() []byte {
	b := appendText(appendText([]byte{wireVersion, byte(p.kind)}, p.from), p.about)
	b = binary.AppendUvarint(b, uint64(p.number))
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// isProbe says whether a datagram should be a probe, as far as one can see.
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

// detector decides, in turns, who has to be suspected. Each turn one other node
// is asked; if it has not answered by half of the turn, a few others are asked
// to ask it; if nobody has heard of it by the end, it is suspected.
type detector struct {
	random  *rand.Rand
	helpers int
	patient int // after so many turns a suspect is buried

	number   uint32   // of the last question
	question uint32   // that of the present turn
	order    []string // whom to ask next; each once before anybody twice
	asked    string   // "" if the present turn asks nobody, or was answered
	relayed  map[uint32]relay
	suspects map[string]suspicion
}

// relay is a question that was asked for somebody else.
type relay struct {
	number uint32 // what he calls it
	to     string // his address
}

// suspicion is how long one has been suspected, in one incarnation.
type suspicion struct {
	mark  Mark
	turns int
}

// next begins a turn, and returns who is asked in it, "" if there is nobody.
func (d *detector) next(others []string) string {
	d.order = slices.DeleteFunc(d.order, func(name string) bool { return !slices.Contains(others, name) })
	if len(d.order) == 0 {
		d.order = slices.Clone(others)
		d.random.Shuffle(len(d.order), func(i, j int) { d.order[i], d.order[j] = d.order[j], d.order[i] })
	}
	d.question = d.count()
	if len(d.order) == 0 {
		d.asked = ""
		return ""
	}
	d.asked = d.order[0]
	d.order = d.order[1:]
	return d.asked
}

// heard takes note that the question of a turn was answered.
func (d *detector) heard(number uint32) {
	if number == d.question {
		d.asked = ""
	}
}

// relay returns the number of a question that is asked for somebody else.
func (d *detector) relay(r relay) uint32 {
	if len(d.relayed) == maxRelayed {
		clear(d.relayed) // whoever waits will ask again
	}
	number := d.count()
	d.relayed[number] = r
	return number
}

// count returns the number of the next question. After the last that can be sent
// comes the first again.
func (d *detector) count() uint32 {
	d.number = d.number%maxNumber + 1
	return d.number
}

// maxRelayed bounds the memory that questions for others take.
const maxRelayed = 256

// helpersFor returns who may ask for this node.
func (d *detector) helpersFor(others []string) []string {
	others = slices.DeleteFunc(slices.Clone(others), func(name string) bool { return name == d.asked })
	d.random.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
	return others[:min(d.helpers, len(others))]
}

// overdue takes note of who is suspected at the end of a turn, and returns those
// who have been for too long.
func (d *detector) overdue(suspected map[string]Mark) []string {
	var over []string
	for name, mark := range suspected {
		s := d.suspects[name]
		if s.mark.Gen != mark.Gen || s.mark.Inc != mark.Inc {
			s = suspicion{mark: mark}
		}
		s.turns++
		d.suspects[name] = s
		if s.turns > d.patient {
			over = append(over, name)
		}
	}
	maps.DeleteFunc(d.suspects, func(name string, _ suspicion) bool { _, still := suspected[name]; return !still })
	slices.Sort(over)
	return over
}
