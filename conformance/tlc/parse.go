package tlc

import (
	"fmt"
	"math"
	"strings"
)

const (
	maxDepth    = 10_000  // of nested values, against a stack without end
	maxInterval = 1 << 20 // members that an interval is expanded to
)

// ValueError says where a text stops being a TLA+ value.
type ValueError struct {
	Offset int    // in bytes, from 0
	Msg    string // what was expected, and what is there
}

func (e *ValueError) Error() string { return fmt.Sprintf("offset %d: %s", e.Offset, e.Msg) }

// ParseValue reads a value as TLC prints it, on one line or wrapped over
// several. An interval becomes the set of its members. The error is a
// *ValueError.
func ParseValue(s string) (Value, error) {
	p := parser{s: s}
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.i < len(s) {
		return nil, p.errorf("the end of the value")
	}
	return v, nil
}

// ParsePrinted reads a line that a spec has printed. PrintT(x) prints x as a
// value, but wraps long ones over several lines; PrintT(ToString(x)) prints
// the value as a string, in quotes, with its own quotes escaped, and always on
// one line. ParsePrinted takes both.
func ParsePrinted(line string) (Value, error) {
	v, err := ParseValue(line)
	if err != nil {
		return nil, err
	}
	if text, ok := v.(string); ok {
		if v, err = ParseValue(text); err != nil {
			return nil, fmt.Errorf("within the string: %w", err)
		}
	}
	return v, nil
}

type parser struct {
	s string
	i int
}

// errorf says that something else than what was expected is at the place
// where the parser stands.
func (p *parser) errorf(expected string, args ...any) error {
	found := "the end"
	if p.i < len(p.s) {
		rest := p.s[p.i:]
		if len(rest) > 20 {
			rest = strings.ToValidUTF8(rest[:20], "") + "..."
		}
		found = fmt.Sprintf("%q", rest)
	}
	return &ValueError{Offset: p.i, Msg: fmt.Sprintf("expected %s, found %s", fmt.Sprintf(expected, args...), found)}
}

func (p *parser) space() {
	for p.i < len(p.s) {
		switch p.s[p.i] {
		case ' ', '\n', '\t', '\r':
			p.i++
		default:
			return
		}
	}
}

// take skips space and then token, if that is what follows.
func (p *parser) take(token string) bool {
	p.space()
	if strings.HasPrefix(p.s[p.i:], token) {
		p.i += len(token)
		return true
	}
	return false
}

func (p *parser) value(depth int) (Value, error) {
	p.space()
	if depth > maxDepth {
		return nil, p.errorf("values nested at most %d deep", maxDepth)
	}
	if p.i == len(p.s) {
		return nil, p.errorf("a value")
	}
	switch c := p.s[p.i]; {
	case c == '"':
		return p.text()
	case c == '-' || isDigit(c):
		if p.nameAhead() {
			return p.name()
		}
		return p.integer()
	case c == '<':
		return p.tuple(depth)
	case c == '{':
		return p.set(depth)
	case c == '[':
		return p.record(depth)
	case c == '(':
		return p.function(depth)
	case isNameByte(c):
		return p.name()
	}
	return nil, p.errorf("a value")
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isNameByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || isDigit(c)
}

// nameAhead reports whether a name that begins with a digit follows: TLA+
// allows 1a.
func (p *parser) nameAhead() bool {
	for i := p.i; i < len(p.s) && isNameByte(p.s[i]); i++ {
		if !isDigit(p.s[i]) {
			return true
		}
	}
	return false
}

func (p *parser) word() string {
	start := p.i
	for p.i < len(p.s) && isNameByte(p.s[p.i]) {
		p.i++
	}
	return p.s[start:p.i]
}

func (p *parser) name() (Value, error) {
	switch w := p.word(); w {
	case "TRUE":
		return true, nil
	case "FALSE":
		return false, nil
	case "SUBSET", "UNION", "DOMAIN":
		p.i -= len(w)
		return nil, p.errorf("a value that TLC has evaluated")
	default:
		return Model(w), nil
	}
}

// number reads an integer of at most 32 bits.
func (p *parser) number() (int, error) {
	start := p.i
	if p.s[p.i] == '-' {
		p.i++
	}
	var n int64
	digits := p.i
	for ; p.i < len(p.s) && isDigit(p.s[p.i]); p.i++ {
		if n = n*10 + int64(p.s[p.i]-'0'); n > math.MaxInt32+1 {
			p.i = start
			return 0, p.errorf("an integer of 32 bits")
		}
	}
	if p.i == digits {
		return 0, p.errorf("a digit")
	}
	if p.s[start] == '-' {
		n = -n
	}
	if n > math.MaxInt32 {
		p.i = start
		return 0, p.errorf("an integer of 32 bits")
	}
	return int(n), nil
}

// integer reads an integer, or an interval of integers.
func (p *parser) integer() (Value, error) {
	low, err := p.number()
	if err != nil {
		return nil, err
	}
	mark := p.i
	if !p.take("..") {
		p.i = mark
		return low, nil
	}
	p.space()
	if p.i == len(p.s) || p.s[p.i] != '-' && !isDigit(p.s[p.i]) {
		return nil, p.errorf("the upper end of an interval")
	}
	high, err := p.number()
	if err != nil {
		return nil, err
	}
	if high-low >= maxInterval {
		p.i = mark
		return nil, p.errorf("an interval of at most %d members", maxInterval)
	}
	set := make(Set, 0, max(0, high-low+1))
	for n := low; n <= high; n++ {
		set = append(set, n)
	}
	return set, nil
}

// text reads a string. Most have no escapes and share the memory of the input.
func (p *parser) text() (string, error) {
	p.i++
	start := p.i
	for p.i < len(p.s) {
		switch p.s[p.i] {
		case '"':
			p.i++
			return p.s[start : p.i-1], nil
		case '\\':
			return p.escaped(start)
		}
		p.i++
	}
	return "", p.errorf(`the closing " of a string`)
}

// escaped reads on in a string that begins at start and has its first
// backslash where the parser stands.
func (p *parser) escaped(start int) (string, error) {
	var b strings.Builder
	b.Grow(p.i - start + 64)
	for p.i < len(p.s) {
		end := strings.IndexAny(p.s[p.i:], `"\`)
		if end < 0 {
			break
		}
		b.WriteString(p.s[start : p.i+end])
		p.i += end
		if p.s[p.i] == '"' {
			p.i++
			return b.String(), nil
		}
		if p.i+1 == len(p.s) {
			break
		}
		c, ok := unescape(p.s[p.i+1])
		if !ok {
			return "", p.errorf(`one of \" \\ \t \n \f \r`)
		}
		b.WriteByte(c)
		p.i += 2
		start = p.i
	}
	p.i = len(p.s)
	return "", p.errorf(`the closing " of a string`)
}

func unescape(c byte) (byte, bool) {
	switch c {
	case '"', '\\':
		return c, true
	case 't':
		return '\t', true
	case 'n':
		return '\n', true
	case 'f':
		return '\f', true
	case 'r':
		return '\r', true
	}
	return 0, false
}

// list reads values up to the closing token; the opening one has been taken.
func (p *parser) list(depth int, closing string) ([]Value, error) {
	list := []Value{}
	if p.take(closing) {
		return list, nil
	}
	for {
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		if p.take(",") {
			continue
		}
		if p.take(closing) {
			return list, nil
		}
		return nil, p.errorf("a comma or %s", closing)
	}
}

func (p *parser) tuple(depth int) (Value, error) {
	if !p.take("<<") {
		return nil, p.errorf("<<")
	}
	return p.list(depth, ">>")
}

func (p *parser) set(depth int) (Value, error) {
	p.i++
	list, err := p.list(depth, "}")
	if err != nil {
		return nil, err
	}
	return Set(list), nil
}

func (p *parser) record(depth int) (Value, error) {
	p.i++
	record := map[string]Value{}
	for {
		p.space()
		start := p.i
		field := p.word()
		if field == "" {
			return nil, p.errorf("the name of a field")
		}
		if _, twice := record[field]; twice {
			p.i = start
			return nil, p.errorf("another field than %s, which the record has already", field)
		}
		if !p.take("|->") {
			return nil, p.errorf("|-> after %s", field)
		}
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		record[field] = v
		if p.take(",") {
			continue
		}
		if p.take("]") {
			return record, nil
		}
		return nil, p.errorf("a comma or ]")
	}
}

// function reads (a :> 1 @@ b :> 2). It is a map if every argument is a
// string.
func (p *parser) function(depth int) (Value, error) {
	p.i++
	var f Func
	for {
		arg, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if !p.take(":>") {
			return nil, p.errorf(":>")
		}
		result, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		f = append(f, Pair{arg, result})
		if p.take("@@") {
			continue
		}
		if p.take(")") {
			return overStrings(f), nil
		}
		return nil, p.errorf("@@ or )")
	}
}

func overStrings(f Func) Value {
	m := make(map[string]Value, len(f))
	for _, pair := range f {
		arg, ok := pair.Arg.(string)
		if !ok {
			return f
		}
		// The left one wins, as in TLA+.
		if _, twice := m[arg]; !twice {
			m[arg] = pair.Result
		}
	}
	return m
}
