package requestbatch

import (
	"encoding/binary"
	"fmt"

	"github.com/lockstep-tla/lockstep/trace"
)

// Message is a batch or the reply to one, which has the batch's number. Sent is the step
// that has sent it, where steps are recorded.
type Message struct {
	Client string
	Number uint64
	Items  []Item
	Sent   trace.Stamp
}

// Item is a request, or the answer to the one with that ID. Failed is for answers, whose
// Body then is the text of the error.
type Item struct {
	ID     uint64
	Failed bool
	Body   []byte
}

// itemSize is the most that an item has beside its body: two numbers and a byte.
const itemSize = 2*binary.MaxVarintLen64 + 1

// sizeOf is the size of a request in a batch, in bytes.
func sizeOf(body []byte) int { return itemSize + len(body) }

// encode returns the message as bytes: numbers are of variable length, texts and bodies
// have theirs in front.
func (m Message) encode() []byte {
	buf := appendBytes(nil, []byte(m.Client))
	buf = appendBytes(buf, []byte(m.Sent.Process))
	buf = binary.AppendUvarint(buf, m.Sent.Time)
	buf = binary.AppendUvarint(buf, m.Number)
	for _, item := range m.Items {
		buf = binary.AppendUvarint(buf, item.ID)
		if item.Failed {
			buf = append(buf, 1)
		} else {
			buf = append(buf, 0)
		}
		buf = appendBytes(buf, item.Body)
	}
	return buf
}

func appendBytes(buf, body []byte) []byte {
	return append(binary.AppendUvarint(buf, uint64(len(body))), body...)
}

// decoder reads what encode has written. After an error it returns zeros.
type decoder struct {
	rest []byte
	bad  bool
}

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		d.bad, d.rest = true, nil
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

func (d *decoder) bytes() []byte {
	n := d.uint()
	if n > uint64(len(d.rest)) {
		d.bad, d.rest = true, nil
		return nil
	}
	body := d.rest[:n:n]
	d.rest = d.rest[n:]
	return body
}

// decode reads a message, whose bodies are parts of data.
func decode(data []byte) (Message, error) {
	d := decoder{rest: data}
	m := Message{Client: string(d.bytes())}
	m.Sent = trace.Stamp{Process: string(d.bytes()), Time: d.uint()}
	m.Number = d.uint()
	for len(d.rest) > 0 {
		item := Item{ID: d.uint()}
		flag := d.uint()
		item.Failed, d.bad = flag == 1, d.bad || flag > 1
		item.Body = d.bytes()
		m.Items = append(m.Items, item)
	}
	if d.bad || m.Number == 0 || len(m.Items) == 0 {
		return Message{}, fmt.Errorf("%w: a message of %d bytes", ErrProtocol, len(data))
	}
	return m, nil
}

// isReplyTo says whether a message has one answer for each request of a batch.
func (m Message) isReplyTo(batch Message) bool {
	ids := map[uint64]bool{}
	for _, item := range m.Items {
		ids[item.ID] = true
	}
	for _, item := range batch.Items {
		if !ids[item.ID] {
			return false
		}
	}
	return m.Number == batch.Number && len(m.Items) == len(batch.Items)
}
