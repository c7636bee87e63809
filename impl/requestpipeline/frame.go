package requestpipeline

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// MaxBody is how many bytes a request or an answer may have.
const MaxBody = 1 << 20

// On the wire a message is a frame: the length of the rest, the number, the time of the
// step that has sent it (0 where none is recorded), the length of its process's name, all
// big endian, that name, and the body.
const headSize = 4 + 8 + 8 + 1

// appendMessage adds a message to a buffer.
func appendMessage(buf []byte, m Message) []byte {
	process := m.Sent.Process
	buf = binary.BigEndian.AppendUint32(buf, uint32(headSize-4+len(process)+len(m.Body)))
	buf = binary.BigEndian.AppendUint64(buf, m.Number)
	buf = binary.BigEndian.AppendUint64(buf, m.Sent.Time)
	buf = append(buf, byte(len(process)))
	return append(append(buf, process...), m.Body...)
}

// readMessage reads a message. It looks at the length before it makes room for it.
func readMessage(r io.Reader) (m Message, err error) {
	var head [headSize]byte
	if _, err = io.ReadFull(r, head[:]); err != nil {
		return m, err
	}
	length, process := int(binary.BigEndian.Uint32(head[:])), int(head[headSize-1])
	if length < headSize-4+process || length > headSize-4+process+MaxBody {
		return m, fmt.Errorf("%w: a frame of %d bytes", ErrProtocol, length)
	}
	rest := make([]byte, length-(headSize-4))
	if _, err = io.ReadFull(r, rest); err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	m.Number, m.Sent.Time = binary.BigEndian.Uint64(head[4:]), binary.BigEndian.Uint64(head[12:])
	m.Sent.Process, m.Body = string(rest[:process]), rest[process:]
	return m, err
}

// hello is the body of the first message on a connection.
type hello struct {
	Client      string
	Connection  Connection
	MaxInFlight int
}

func (h hello) message() Message {
	body, err := json.Marshal(h)
	if err != nil {
		panic(err) // strings and numbers only
	}
	return Message{Body: body}
}

func parseHello(m Message) (h hello, err error) {
	if err = json.Unmarshal(m.Body, &h); err != nil {
		return h, fmt.Errorf("%w: no hello: %w", ErrProtocol, err)
	}
	if h.Client == "" || h.MaxInFlight < 1 || h.MaxInFlight > MaxInFlightLimit {
		return h, fmt.Errorf("%w: a hello of client %q with %d requests in flight", ErrProtocol, h.Client, h.MaxInFlight)
	}
	return h, nil
}

// text is a body as a trace has it: TLC reads printable ASCII without the backquote.
func text(body []byte) string {
	quoted := strconv.QuoteToASCII(string(body))
	return strings.ReplaceAll(quoted[1:len(quoted)-1], "`", `\x60`)
}
