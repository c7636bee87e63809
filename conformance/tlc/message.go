package tlc

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// message is one message of TLC's tool mode:
//
//	@!@!@STARTMSG 2110:1 @!@!@
//	Invariant Inv is violated.
//	@!@!@ENDMSG 2110 @!@!@
//
// A message can lie within another; then the outer one has the text of both.
type message struct {
	code     int
	severity int   // 0 none, 1 error, 2 bug in TLC, 3 warning, 4 state
	inner    []int // codes of the messages within
	text     string
}

// has reports whether the message or one within has one of the codes.
func (m *message) has(codes ...int) bool {
	for _, code := range codes {
		if m.code == code {
			return true
		}
		for _, inner := range m.inner {
			if inner == code {
				return true
			}
		}
	}
	return false
}

var (
	mark      = []byte("@!@!@")
	startMark = []byte("@!@!@STARTMSG ")
	endMark   = []byte("@!@!@ENDMSG ")
)

// split reads TLC's output to its end. A whole message goes to onMessage, and a
// whole line outside of messages to onLine; that is what the spec has printed, and
// what the parser says. The line is valid during the call only.
func split(r io.Reader, onMessage func(*message), onLine func([]byte)) error {
	in := bufio.NewReaderSize(r, 1<<20)
	var (
		m     *message
		depth int
		text  strings.Builder
	)
	for {
		line, err := readLine(in)
		if len(line) == 0 && err != nil {
			if err == io.EOF {
				err = nil
				if m != nil {
					err = fmt.Errorf("TLC's output ends within message %d", m.code)
				}
			}
			return err
		}
		at := bytes.Index(line, startMark)
		switch {
		case at == 0 || at > 0 && depth > 0:
			code, severity := parseMark(line[at+len(startMark):])
			if depth++; depth == 1 {
				m = &message{code: code, severity: severity}
				text.Reset()
			} else {
				m.inner = append(m.inner, code)
				text.Write(line[:at])
			}
		case depth > 0 && bytes.HasPrefix(line, endMark):
			if depth--; depth == 0 {
				m.text = text.String()
				onMessage(m)
				m = nil
			}
		case depth > 0:
			text.Write(line)
			text.WriteByte('\n')
		case err == nil: // a process that was ended may have said half a line
			onLine(line)
		}
	}
}

// readLine returns the next line without its end. Only a line that is longer
// than the buffer is copied.
func readLine(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		long := bytes.Clone(line)
		for errors.Is(err, bufio.ErrBufferFull) {
			line, err = in.ReadSlice('\n')
			long = append(long, line...)
		}
		line = long
	}
	if err == nil {
		line = line[:len(line)-1]
		if n := len(line); n > 0 && line[n-1] == '\r' {
			line = line[:n-1]
		}
		if line == nil {
			line = []byte{}
		}
		return line, nil
	}
	return line, err
}

// parseMark reads "2110:1 @!@!@".
func parseMark(rest []byte) (code, severity int) {
	head, _, _ := bytes.Cut(rest, mark)
	c, s, _ := strings.Cut(strings.TrimSpace(string(head)), ":")
	code, _ = strconv.Atoi(c)
	severity, _ = strconv.Atoi(s)
	return code, severity
}
