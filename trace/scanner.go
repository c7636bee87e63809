package trace

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads the JSON of one line. It accepts only what a trace can hold.
type scanner struct {
	file string
	line int
	data []byte // the line without its newline
	pos  int
	// known holds the strings met so far, because the same few keys and
	// names come with every step.
	known map[string]Value
}

// The known strings are few and short, so that a file without any repetition
// does not pay for the table.
const (
	maxKnown       = 4096
	maxKnownLength = 64
)

// errorf returns an error at a place in the line.
func (s *scanner) errorf(pos int, format string, args ...any) error {
	return &SyntaxError{File: s.file, Line: s.line, Column: pos + 1, Msg: fmt.Sprintf(format, args...)}
}

// expected returns an error for what is at the current position.
func (s *scanner) expected(what string) error {
	return s.errorf(s.pos, "expected %s, found %s", what, s.found())
}

// found describes what is at the current position.
func (s *scanner) found() string {
	rest := s.data[s.pos:]
	if len(rest) == 0 {
		return "the end of the line"
	}
	switch c := rest[0]; {
	case c == '{':
		return "an object"
	case c == '[':
		return "an array"
	case c == '"':
		return "a string"
	case c == '-' || isDigit(c) || isLetter(c):
		n := 1
		for n < len(rest) && n < 24 && (isDigit(rest[n]) || isLetter(rest[n]) || strings.IndexByte("+-.", rest[n]) >= 0) {
			n++
		}
		return string(rest[:n])
	}
	r, size := utf8.DecodeRune(rest)
	if r == utf8.RuneError && size == 1 {
		return fmt.Sprintf("the byte 0x%02x", rest[0])
	}
	return strconv.QuoteRune(r)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// peek skips white space and returns the byte that follows, or 0 at the end
// of the line.
func (s *scanner) peek() byte {
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; c {
		case ' ', '\t', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// expect skips one punctuation character.
func (s *scanner) expect(c byte) error {
	if s.peek() != c {
		return s.expected(fmt.Sprintf("'%c'", c))
	}
	s.pos++
	return nil
}

// object reads an object. For each member it calls member with the key and
// the key's position, and member reads the value.
func (s *scanner) object(depth int, member func(key string, at int) error) error {
	if s.peek() != '{' {
		return s.expected("an object")
	}
	if depth > MaxDepth {
		return s.errorf(s.pos, "expected at most %d levels of nesting, found more", MaxDepth)
	}
	s.pos++
	if s.peek() == '}' {
		s.pos++
		return nil
	}
	for {
		if s.peek() != '"' {
			return s.expected("a key in quotes")
		}
		at := s.pos
		key, err := s.string()
		if err != nil {
			return err
		}
		if err := s.expect(':'); err != nil {
			return err
		}
		if err := member(key.(string), at); err != nil {
			return err
		}
		switch s.peek() {
		case ',':
			s.pos++
		case '}':
			s.pos++
			return nil
		default:
			return s.expected("',' or '}'")
		}
	}
}

// fields reads an object as a record.
func (s *scanner) fields(depth int) (map[string]Value, error) {
	m := make(map[string]Value)
	err := s.object(depth, func(key string, at int) error {
		if key == "" {
			return s.errorf(at, "expected a key, found an empty one")
		}
		if _, twice := m[key]; twice {
			return s.errorf(at, "expected each key once, found %q again", clip(key))
		}
		v, err := s.value(depth + 1)
		m[key] = v
		return err
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// value reads a value at the given depth of nesting.
func (s *scanner) value(depth int) (Value, error) {
	switch c := s.peek(); {
	case c == '"':
		return s.string()
	case c == '{':
		return s.fields(depth)
	case c == '[':
		return s.array(depth)
	case c == '-' || isDigit(c):
		start := s.pos
		n, err := s.int()
		if err == nil && (n < -MaxInt || n > MaxInt) {
			err = s.errorf(start, "expected an integer that TLC can read, %d to %d, found %d", -MaxInt, MaxInt, n)
		}
		return int(n), err
	case bytes.HasPrefix(s.data[s.pos:], []byte("true")):
		s.pos += len("true")
		return true, nil
	case bytes.HasPrefix(s.data[s.pos:], []byte("false")):
		s.pos += len("false")
		return false, nil
	}
	return nil, s.expected("an integer, a boolean, a string, an array or an object")
}

func (s *scanner) array(depth int) (Value, error) {
	if depth > MaxDepth {
		return nil, s.errorf(s.pos, "expected at most %d levels of nesting, found more", MaxDepth)
	}
	s.pos++
	list := []Value{}
	if s.peek() == ']' {
		s.pos++
		return list, nil
	}
	for {
		v, err := s.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		switch s.peek() {
		case ',':
			s.pos++
		case ']':
			s.pos++
			return list, nil
		default:
			return nil, s.expected("',' or ']'")
		}
	}
}

// int reads an integer of 64 bits, which is more than most places allow.
func (s *scanner) int() (int64, error) {
	if c := s.peek(); c != '-' && !isDigit(c) {
		return 0, s.expected("an integer")
	}
	start := s.pos
	end := start + 1
	for end < len(s.data) && isDigit(s.data[end]) {
		end++
	}
	if end < len(s.data) && strings.IndexByte(".eE", s.data[end]) >= 0 {
		return 0, s.errorf(start, "expected an integer, found the number %s", s.found())
	}
	digits := string(s.data[start:end])
	n, err := strconv.ParseInt(digits, 10, 64)
	if errors.Is(err, strconv.ErrRange) {
		return 0, s.errorf(start, "expected an integer of at most 64 bits, found %s", clip(digits))
	}
	if err != nil || strconv.FormatInt(n, 10) != digits {
		return 0, s.errorf(start, "expected an integer in its shortest form, found %s", clip(digits))
	}
	s.pos = end
	return n, nil
}

// string reads a string. It returns a Value to share the same one among all
// places that hold the same string.
func (s *scanner) string() (Value, error) {
	s.pos++ // the quote
	start := s.pos
	for s.pos < len(s.data) && special[s.data[s.pos]] == 0 {
		s.pos++
	}
	if s.pos < len(s.data) && s.data[s.pos] == '"' {
		s.pos++
		return s.share(s.data[start : s.pos-1]), nil
	}
	text := append([]byte(nil), s.data[start:s.pos]...)
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; {
		case c == '"':
			s.pos++
			return s.share(text), nil
		case c == '\\':
			r, err := s.escape()
			if err != nil {
				return nil, err
			}
			text = utf8.AppendRune(text, r)
		case c < ' ':
			return nil, s.expected("a character that needs no escape")
		default:
			r, size := utf8.DecodeRune(s.data[s.pos:])
			if r == utf8.RuneError && size == 1 {
				return nil, s.expected("valid UTF-8")
			}
			text = append(text, s.data[s.pos:s.pos+size]...)
			s.pos += size
		}
	}
	return nil, s.expected("'\"' at the end of the string")
}

// share returns the string of b, the same one as before if it is known.
func (s *scanner) share(b []byte) Value {
	if len(b) > maxKnownLength {
		return string(b)
	}
	if v, ok := s.known[string(b)]; ok {
		return v
	}
	text := string(b)
	v := Value(text)
	if len(s.known) < maxKnown {
		s.known[text] = v
	}
	return v
}

// escape reads an escape sequence.
func (s *scanner) escape() (rune, error) {
	start := s.pos
	if start+1 < len(s.data) {
		c := s.data[start+1]
		if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
			s.pos += 2
			return rune("\"\\/\b\f\n\r\t"[i]), nil
		}
		if c == 'u' {
			return s.unicodeEscape()
		}
	}
	s.pos++
	return 0, s.expected("one of \"\\/bfnrtu after '\\'")
}

// unicodeEscape reads \u and four digits, or two of them for one character.
func (s *scanner) unicodeEscape() (rune, error) {
	start := s.pos
	r, ok := s.codeUnit()
	if !ok {
		return 0, s.errorf(start, `expected four hexadecimal digits after \u`)
	}
	if !utf16.IsSurrogate(r) {
		return r, nil
	}
	if low, ok := s.codeUnit(); ok {
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, nil
		}
	}
	return 0, s.errorf(start, `expected a pair of surrogates, found \u%04x alone`, r)
}

func (s *scanner) codeUnit() (rune, bool) {
	if len(s.data)-s.pos < 6 || s.data[s.pos] != '\\' || s.data[s.pos+1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(s.data[s.pos+2:s.pos+6]), 16, 32)
	if err != nil {
		return 0, false
	}
	s.pos += 6
	return rune(n), true
}

// clip keeps a message short.
func clip(s string) string {
	const limit = 40
	if len(s) <= limit {
		return s
	}
	cut := limit
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
