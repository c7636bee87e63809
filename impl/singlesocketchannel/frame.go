package singlesocketchannel

import (
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/lockstep-tla/lockstep/trace"
)

// Kind is what a frame is.
type Kind byte

const (
	kindHello Kind = iota + 1
	kindWelcome
	kindRefused
	kindRequest
	kindAnswer
	kindFailure // an answer that is an error
	kindHeartbeat
	kinds
)

// String is its name in the spec, where a failure is an answer too.
func (k Kind) String() string {
	if k >= kinds {
		return "unknown"
	}
	return [kinds]string{"unknown", "hello", "welcome", "refused", "request", "answer", "answer", "heartbeat"}[k]
}

// Frame is one message on a connection. On the wire it is a length, which does not
// count itself, and then the fields in their order, all big endian.
type Frame struct {
	Kind   Kind
	Number uint64 // the request that this is, or answers
	Oldest uint64 // the oldest request that its sender waits for
	Body   []byte
}

const (
	lengthSize = 4
	fieldsSize = 1 + 8 + 8
	headSize   = lengthSize + fieldsSize
)

// AppendFrame adds a frame to a buffer.
func AppendFrame(buf []byte, f *Frame) []byte {
	buf = binary.BigEndian.AppendUint32(buf, uint32(fieldsSize+len(f.Body)))
	buf = append(buf, byte(f.Kind))
	buf = binary.BigEndian.AppendUint64(buf, f.Number)
	buf = binary.BigEndian.AppendUint64(buf, f.Oldest)
	return append(buf, f.Body...)
}

// IsWhole says whether what was read is all of what was to be read. One call of
// Read returns what happens to be there.
func IsWhole(got, wanted int) bool { return got == wanted }

// readWhole fills the buffer.
func readWhole(r io.Reader, buf []byte) error {
	for got := 0; !IsWhole(got, len(buf)); {
		n, err := r.Read(buf[got:])
		if got += n; err != nil && got < len(buf) {
			if err == io.EOF && got > 0 {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
	}
	return nil
}

// ReadFrame reads a frame whose body is at most maxBody long.
func ReadFrame(r io.Reader, maxBody int) (*Frame, error) {
	var head [headSize]byte
	return readFrame(r, &head, maxBody)
}

// readFrame reads a frame. It looks at the length before it makes room for it.
func readFrame(r io.Reader, head *[headSize]byte, maxBody int) (*Frame, error) {
	if err := readWhole(r, head[:]); err != nil {
		return nil, err
	}
	length := binary.BigEndian.Uint32(head[:])
	f := &Frame{
		Kind:   Kind(head[lengthSize]),
		Number: binary.BigEndian.Uint64(head[lengthSize+1:]),
		Oldest: binary.BigEndian.Uint64(head[lengthSize+9:]),
	}
	switch {
	case length < fieldsSize || uint64(length) > uint64(fieldsSize+maxBody):
		return nil, fmt.Errorf("%w: a frame of %d bytes; at most %d are allowed, at least %d are needed",
			ErrProtocol, length, fieldsSize+maxBody, fieldsSize)
	case f.Kind == 0 || f.Kind >= kinds:
		return nil, fmt.Errorf("%w: a frame of the unknown kind %d", ErrProtocol, f.Kind)
	}
	if body := int(length) - fieldsSize; body > 0 {
		f.Body = make([]byte, body)
		if err := readWhole(r, f.Body); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
	return f, nil
}

// View adds the frame as the spec has it.
func (f *Frame) View(o *trace.Object) {
	o.String("kind", f.Kind.String()).Uint("number", f.Number).String("text", text(f.Body)).Uint("oldest", f.Oldest)
}

// text is a body as a trace has it. TLC reads printable ASCII without the
// backquote, so all other bytes are escaped as in a Go string; no two bodies have
// the same text.
func text(body []byte) string {
	quoted := strconv.QuoteToASCII(string(body))
	return strings.ReplaceAll(quoted[1:len(quoted)-1], "`", `\x60`)
}

// greeting is the first frame of each end: the names of its sender and receiver,
// the sender's incarnation, and the epoch of the connection, or the newest that was
// seen if the connection is refused.
type greeting struct {
	kind        Kind
	from, to    string
	incarnation uint64
	epoch       uint64
}

const (
	greetingMark = "lockstep channel 1\n"
	maxName      = 255
	maxGreeting  = len(greetingMark) + 2*(1+maxName) + 16
)

// frame returns the greeting as a frame.
func (g *greeting) frame(kind Kind) *Frame {
	body := append([]byte(nil), greetingMark...)
	body = append(append(body, byte(len(g.from))), g.from...)
	body = append(append(body, byte(len(g.to))), g.to...)
	body = binary.BigEndian.AppendUint64(body, g.incarnation)
	return &Frame{Kind: kind, Body: binary.BigEndian.AppendUint64(body, g.epoch)}
}

// parseGreeting reads a greeting.
func parseGreeting(f *Frame) (*greeting, error) {
	bad := func(what string) (*greeting, error) {
		return nil, fmt.Errorf("%w: no greeting of a channel: %s", ErrProtocol, what)
	}
	rest := f.Body
	if f.Kind > kindRefused {
		return bad("another kind of frame comes first")
	}
	if len(rest) < len(greetingMark) || string(rest[:len(greetingMark)]) != greetingMark {
		return bad("it does not begin as it must")
	}
	rest = rest[len(greetingMark):]
	var names [2]string
	for i := range names {
		if len(rest) == 0 || len(rest) < 1+int(rest[0]) {
			return bad("a name is cut off")
		}
		length := int(rest[0])
		names[i], rest = string(rest[1:1+length]), rest[1+length:]
	}
	if len(rest) != 16 {
		return bad("its length is wrong")
	}
	return &greeting{
		from: names[0], to: names[1],
		incarnation: binary.BigEndian.Uint64(rest), epoch: binary.BigEndian.Uint64(rest[8:]),
	}, nil
}
