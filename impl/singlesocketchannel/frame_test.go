package singlesocketchannel

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

const small = 100 // the longest body in these tests

func TestFrameThereAndBack(t *testing.T) {
	for _, f := range []*Frame{
		{Kind: kindRequest, Number: 1<<64 - 1, Oldest: 3, Body: []byte("hello")},
		{Kind: kindAnswer, Number: 7},
		{Kind: kindFailure, Number: 7, Body: bytes.Repeat([]byte{0}, small)},
		{Kind: kindHeartbeat},
	} {
		bytes := AppendFrame([]byte("before"), f)[len("before"):]
		for _, reader := range []io.Reader{
			strings.NewReader(string(bytes)),
			iotest.OneByteReader(strings.NewReader(string(bytes))),
			iotest.DataErrReader(strings.NewReader(string(bytes))),
			bufio.NewReaderSize(strings.NewReader(string(bytes)), len(bytes)-1),
			bufio.NewReaderSize(strings.NewReader(string(bytes)), len(bytes)), // it ends with the buffer
		} {
			got, err := ReadFrame(reader, small)
			require.NoError(t, err)
			require.Equal(t, f, got)
		}
	}
}

// A frame that ends before its end is none, wherever it ends.
func TestFrameThatIsCutOff(t *testing.T) {
	bytes := AppendFrame(nil, &Frame{Kind: kindRequest, Number: 1, Oldest: 1, Body: []byte("hello")})
	for end := range bytes {
		_, err := ReadFrame(strings.NewReader(string(bytes[:end])), small)
		if end == 0 {
			require.Equal(t, io.EOF, err, "between two frames a connection may end")
			continue
		}
		require.Equal(t, io.ErrUnexpectedEOF, err, "%d bytes", end)
	}
}

// What the length says is looked at before anything of that length is made.
func TestFrameWhoseLengthIsALie(t *testing.T) {
	frame := AppendFrame(nil, &Frame{Kind: kindRequest, Number: 1, Oldest: 1, Body: []byte("hello")})
	for _, length := range []uint32{0, 1, fieldsSize - 1, fieldsSize + small + 1, 1 << 31, 1<<32 - 1} {
		binary.BigEndian.PutUint32(frame, length)
		_, err := ReadFrame(bytes.NewReader(frame), small)
		require.ErrorIs(t, err, ErrProtocol, "length %d", length)
	}
	binary.BigEndian.PutUint32(frame, fieldsSize+small)
	_, err := ReadFrame(bytes.NewReader(frame), small)
	require.Equal(t, io.ErrUnexpectedEOF, err, "it may be so long, but is not")
}

func TestFrameOfUnknownKind(t *testing.T) {
	for _, kind := range []Kind{0, kinds, 255} {
		_, err := ReadFrame(bytes.NewReader(AppendFrame(nil, &Frame{Kind: kind})), small)
		require.ErrorIs(t, err, ErrProtocol, "kind %d", kind)
		require.Equal(t, "unknown", kind.String())
	}
}

func TestGreetingThereAndBack(t *testing.T) {
	for _, g := range []greeting{
		{from: "a", to: "b", incarnation: 1, epoch: 2},
		{from: strings.Repeat("x", maxName), to: strings.Repeat("y", maxName), incarnation: 1<<64 - 1, epoch: 1 << 63},
	} {
		f := g.frame(kindHello)
		require.LessOrEqual(t, len(f.Body), maxGreeting)
		got, err := parseGreeting(f)
		require.NoError(t, err)
		require.Equal(t, g, *got)
	}
}

func TestDamagedGreeting(t *testing.T) {
	good := (&greeting{from: "ann", to: "bob", incarnation: 1, epoch: 2}).frame(kindHello)
	for end := range good.Body {
		_, err := parseGreeting(&Frame{Kind: kindHello, Body: good.Body[:end]})
		require.ErrorIs(t, err, ErrProtocol, "%d bytes", end)
	}
	for i := range len(greetingMark) + 1 { // the mark, and the length of the first name
		body := bytes.Clone(good.Body)
		body[i] ^= 0x40
		_, err := parseGreeting(&Frame{Kind: kindHello, Body: body})
		require.ErrorIs(t, err, ErrProtocol, "byte %d", i)
	}
	for _, f := range []*Frame{
		{Kind: kindHello, Body: append(bytes.Clone(good.Body), 0)},
		{Kind: kindRequest, Body: good.Body},
		{Kind: kindHeartbeat},
	} {
		_, err := parseGreeting(f)
		require.ErrorIs(t, err, ErrProtocol)
	}
}

// FuzzReadFrame reads anything: an error, or a frame that is written as it was
// read.
func FuzzReadFrame(f *testing.F) {
	f.Add(AppendFrame(nil, &Frame{Kind: kindAnswer, Number: 9, Body: []byte("hello")}))
	f.Add(AppendFrame(nil, (&greeting{from: "a", to: "b", incarnation: 3, epoch: 4}).frame(kindWelcome)))
	f.Add([]byte{0, 0, 0, fieldsSize, byte(kindHeartbeat)})
	f.Add([]byte{255, 255, 255, 255, 1})
	f.Fuzz(func(t *testing.T, input []byte) {
		in := bytes.NewReader(input)
		frame, err := ReadFrame(in, small)
		if err != nil {
			require.Nil(t, frame)
			require.True(t, errors.Is(err, ErrProtocol) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF), "%v", err)
			return
		}
		require.LessOrEqual(t, len(frame.Body), small)
		require.Equal(t, input[:len(input)-in.Len()], AppendFrame(nil, frame))
		if g, err := parseGreeting(frame); err == nil {
			require.Equal(t, frame.Body, g.frame(frame.Kind).Body)
		} else {
			require.ErrorIs(t, err, ErrProtocol)
		}
	})
}
