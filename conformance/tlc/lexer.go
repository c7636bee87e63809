package tlc

import (
	"fmt"
	"strings"
)

type tokenKind int

const (
	endToken tokenKind = iota
	nameToken
	numberToken
	stringToken
	symbolToken
)

type token struct {
	kind         tokenKind
	text         string
	line, column int
}

func (t token) String() string {
	if t.kind == endToken {
		return "the end"
	}
	return fmt.Sprintf("%q", t.text)
}

// lexer splits a configuration into tokens and skips comments.
type lexer struct {
	text         string
	line, column int
}

// advance moves n bytes on.
func (l *lexer) advance(n int) {
	for i := range n {
		if l.text[i] == '\n' {
			l.line++
			l.column = 1
		} else if l.text[i]&0xC0 != 0x80 { // columns are characters
			l.column++
		}
	}
	l.text = l.text[n:]
}

func (l *lexer) errorf(format string, args ...any) error {
	return &ConfigError{Line: l.line, Column: l.column, Msg: fmt.Sprintf(format, args...)}
}

func (l *lexer) next() (token, error) {
	if err := l.skip(); err != nil {
		return token{}, err
	}
	t := token{line: l.line, column: l.column}
	if l.text == "" {
		return t, nil
	}
	n := 1
	switch c := l.text[0]; {
	case isNameByte(c):
		t.kind = numberToken
		for n = 0; n < len(l.text) && (isNameByte(l.text[n]) || l.text[n] == '!'); n++ {
			if !isDigit(l.text[n]) {
				t.kind = nameToken
			}
		}
	case c == '"':
		t.kind = stringToken
		if n = stringEnd(l.text); n < 0 {
			return t, l.errorf(`expected the closing " of a string on the same line`)
		}
	case strings.HasPrefix(l.text, "<-"):
		t.kind, n = symbolToken, 2
	case strings.IndexByte("=[]{}(),", c) >= 0:
		t.kind = symbolToken
	default:
		return t, l.errorf("unexpected %q", []rune(l.text)[0])
	}
	t.text = l.text[:n]
	l.advance(n)
	return t, nil
}

// stringEnd returns the length of the string literal at the head of s, or -1.
func stringEnd(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		case '\n':
			return -1
		}
	}
	return -1
}

// skip moves over space and comments.
func (l *lexer) skip() error {
	for l.text != "" {
		switch {
		case strings.IndexByte(" \t\r\n\f", l.text[0]) >= 0:
			l.advance(1)
		case strings.HasPrefix(l.text, `\*`):
			end := strings.IndexByte(l.text, '\n')
			if end < 0 {
				end = len(l.text)
			}
			l.advance(end)
		case strings.HasPrefix(l.text, "(*"):
			if err := l.skipBlock(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

// skipBlock moves over a (* comment *), which can hold others.
func (l *lexer) skipBlock() error {
	unclosed := l.errorf("expected the end *) of this comment")
	depth := 0
	for l.text != "" {
		switch {
		case strings.HasPrefix(l.text, "(*"):
			depth++
			l.advance(2)
		case strings.HasPrefix(l.text, "*)"):
			depth--
			l.advance(2)
			if depth == 0 {
				return nil
			}
		default:
			l.advance(1)
		}
	}
	return unclosed
}
